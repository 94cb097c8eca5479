import { incodeWebhook } from '../lib/access/incode-webhook.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { text } from '../lib/http/response.ts'
import { receive, statusEvent } from '../lib/identity/events.ts'
import { incodeRefusal } from '../lib/identity/refusal.ts'
import { countRefusal } from '../lib/observability/metrics.ts'

/** POST /webhook: an "onboarding status" event of Incode, kept once, moves its session -> the same JSON. */
export const handler = endpoint(
  {
    access: incodeWebhook('webhook'),
    input: statusEvent,
    refusal: incodeRefusal,
    refused: countRefusal,
  },
  async ({ input: event }) => {
    await receive(event)
    return text('application/json', event.body)
  },
)
