import * as z from 'zod'
import { settingsMissing } from '../lib/config/config-error.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { deliveryRefused, incodeElsewhere, unknownProvider } from '../lib/webhooks/sender.ts'

const HELP_LIGHTNING = { path: { provider: 'helplightning' } }

export const operations: Operations = {
  'POST /webhook/{provider}': {
    id: 'receiveEvent',
    tag: 'Webhooks',
    summary: 'Receive an event of a provider',
    description:
      'A provider of `webhooks.yml` delivers its events here, in its own format and with its own proof. Latchkey stores each event once, encrypted, and sends it to the recipients of the provider. The example is of Help Lightning, which needs no entry.',
    security: [{ helpLightningSignature: [] }],
    fields: { provider: 'Name of the provider in `webhooks.yml`.' },
    // Any type is accepted, but generators of clients need one.
    bodies: { 'application/json': z.record(z.string(), z.unknown()) },
    responses: { 200: 'The event is stored. The entry of the provider can say 204, without a body, instead.' },
    errors: [
      failure(
        deliveryRefused('signature_wrong'),
        { ...HELP_LIGHTNING, security: [], headers: { 'x-helplightning-signature': `sha256=${'0'.repeat(64)}` } },
        'A wrong signature',
      ),
      failure(incodeElsewhere(), { path: { provider: 'incode' } }, 'Incode'),
      failure(unknownProvider(), { path: { provider: 'unknown' } }, 'An unknown provider'),
      failure(settingsMissing('HLSERVER_WEBHOOK_SECRET'), HELP_LIGHTNING, 'Help Lightning is not configured'),
    ],
    examples: {
      ended: example(
        'A call ended',
        { ...HELP_LIGHTNING, body: { event: 'call_ended', session_id: 'f3a1c7d2-8a0e-4f6b-9c35-2d7e1b9a4c60' } },
        { ok: true },
      ),
    },
  },
}
