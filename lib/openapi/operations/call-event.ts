import * as z from 'zod'
import { handler } from '../../../functions/webhook-helplightning.ts'
import { EVENT_BYTES } from '../../jobs/store.ts'
import type { Operation } from '../operation.ts'
import { jsonRefused, missing, STORAGE } from '../refusals.ts'

export const callEvent: Operation = {
  route: 'POST /webhook/helplightning',
  handler,
  id: 'receiveHelpLightningEvent',
  tag: 'Webhooks',
  summary: 'An event of Help Lightning',
  description: 'Where Help Lightning sends its events. An event is kept once; nothing is done about it.',
  security: [{ helpLightningSignature: [] }],
  answers: {
    200: { description: 'The event is kept.', content: { 'application/json': z.object({ ok: z.literal(true) }) } },
  },
  refused: [
    ...jsonRefused(EVENT_BYTES),
    missing('x-helplightning-signature, made with HLSERVER_WEBHOOK_SECRET'),
    {
      code: 'credentials_invalid',
      summary: 'A wrong signature',
      detail: 'The signature does not belong to this body.',
      sent: { security: [], headers: { 'x-helplightning-signature': `sha256=${'0'.repeat(64)}` } },
    },
    {
      code: 'provider_not_configured',
      summary: 'Help Lightning is not set up',
      detail: 'HLSERVER_WEBHOOK_SECRET is not set: see the README, Settings.',
    },
    STORAGE,
  ],
  examples: {
    ended: {
      summary: 'A call has ended',
      sent: { body: { event: 'call_ended', session_id: 'f3a1c7d2-8a0e-4f6b-9c35-2d7e1b9a4c60' } },
      body: { ok: true },
    },
  },
}
