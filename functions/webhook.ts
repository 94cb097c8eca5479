import { incodeWebhook } from '../lib/access/incode-webhook.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { text } from '../lib/http/response.ts'
import { receivedEvent, receiveEvent, statusEvent } from '../lib/identity/events.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { countRejectedWebhook } from '../lib/observability/metrics.ts'

/** POST /webhook: stores an "onboarding status" event of Incode once, and updates its session -> the same JSON. */
export const handler = endpoint(
  {
    access: incodeWebhook('webhook'),
    input: statusEvent,
    responses: { 200: receivedEvent },
    formatError: formatIncodeError,
    onClientError: countRejectedWebhook,
  },
  async ({ input: event }) => {
    await receiveEvent(event)
    return text('application/json', event.body)
  },
)
