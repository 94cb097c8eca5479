import { wrongSignature } from '../lib/access/help-lightning-signature.ts'
import { settingsMissing } from '../lib/config/config-error.ts'
import { EVENT_BYTES } from '../lib/jobs/store.ts'
import { jsonErrors, noCredentials, STORAGE } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { handler } from './webhook-helplightning.ts'

export const operations: readonly Operation[] = [
  {
    route: 'POST /webhook/helplightning',
    handler,
    id: 'receiveHelpLightningEvent',
    tag: 'Webhooks',
    summary: 'Receive a Help Lightning event',
    description: 'Help Lightning delivers its events here. Latchkey stores each event once and does not process it.',
    security: [{ helpLightningSignature: [] }],
    responses: { 200: { description: 'The event is stored.' } },
    errors: [
      ...jsonErrors(EVENT_BYTES),
      noCredentials(handler),
      {
        problem: wrongSignature(),
        summary: 'A wrong signature',
        sent: { security: [], headers: { 'x-helplightning-signature': `sha256=${'0'.repeat(64)}` } },
      },
      { problem: settingsMissing('HLSERVER_WEBHOOK_SECRET'), summary: 'Help Lightning is not configured' },
      STORAGE,
    ],
    examples: {
      ended: {
        summary: 'A call ended',
        sent: { body: { event: 'call_ended', session_id: 'f3a1c7d2-8a0e-4f6b-9c35-2d7e1b9a4c60' } },
        body: { ok: true },
      },
    },
  },
]
