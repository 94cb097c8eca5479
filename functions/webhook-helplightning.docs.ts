import * as z from 'zod'
import { wrongSignature } from '../lib/access/help-lightning-signature.ts'
import { settingsMissing } from '../lib/config/config-error.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'

export const operations: Operations = {
  'POST /webhook/helplightning': {
    id: 'receiveHelpLightningEvent',
    tag: 'Webhooks',
    summary: 'Receive a Help Lightning event',
    description: 'Help Lightning delivers its events here. Latchkey stores each event once and does not process it.',
    security: [{ helpLightningSignature: [] }],
    // Any JSON is accepted, but events are objects, and generators of clients need one.
    schemas: { json: z.record(z.string(), z.unknown()) },
    responses: { 200: 'The event is stored.' },
    errors: [
      failure(
        wrongSignature(),
        { security: [], headers: { 'x-helplightning-signature': `sha256=${'0'.repeat(64)}` } },
        'A wrong signature',
      ),
      failure(settingsMissing('HLSERVER_WEBHOOK_SECRET'), {}, 'Help Lightning is not configured'),
    ],
    examples: {
      ended: example(
        'A call ended',
        { body: { event: 'call_ended', session_id: 'f3a1c7d2-8a0e-4f6b-9c35-2d7e1b9a4c60' } },
        { ok: true },
      ),
    },
  },
}
