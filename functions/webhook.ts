import { endpoint } from '../lib/http/endpoint.ts'
import { text } from '../lib/http/response.ts'
import { incodeEvent, receivedEvent, receiveIncodeEvent } from '../lib/identity/events.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { incodeWebhook } from '../lib/identity/webhook-access.ts'
import { countRejectedWebhook } from '../lib/observability/metrics.ts'
import { proofOf } from '../lib/webhooks/receive.ts'

/** POST /webhook: stores an event of Incode once, and updates its session -> the same JSON. */
export const handler = endpoint(
  {
    access: incodeWebhook('webhook'),
    input: incodeEvent,
    responses: { 200: receivedEvent },
    formatError: formatIncodeError,
    onClientError: (problem) => countRejectedWebhook('incode', problem),
  },
  async ({ input: { text: body, status, ...event }, caller }) => {
    await receiveIncodeEvent({ ...event, verifiedBy: proofOf(caller) }, status)
    return text('application/json', body)
  },
)
