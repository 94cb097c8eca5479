import { incodeWebhook } from '../lib/access/incode-webhook.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { text } from '../lib/http/response.ts'
import { APPROVAL, approveInterview } from '../lib/identity/approval.ts'
import { countEvent, receive, statusEvent } from '../lib/identity/events.ts'
import { incodeRefusal } from '../lib/identity/refusal.ts'
import { FINISHED } from '../lib/identity/statuses.ts'
import { workOnce } from '../lib/jobs/jobs.ts'
import { countRefusal } from '../lib/observability/metrics.ts'
import { providerDeadline } from '../lib/providers/http.ts'

/**
 * POST /approve: as /webhook; when a session has finished with the score OK, its identity is made, once ->
 * {success: true, data} or {success: false, error}. While Incode fails, the answer is 5xx, so that it comes again.
 */
export const handler = endpoint(
  {
    access: incodeWebhook('approve'),
    input: statusEvent,
    refusal: incodeRefusal,
    refused: countRefusal,
  },
  async ({ request, input: event }) => {
    if (event.status !== FINISHED) {
      await receive(event)
      return text('application/json', event.body)
    }
    countEvent(event)
    const deadline = providerDeadline(request.receivedAt)
    return text('application/json', await workOnce(event, APPROVAL, approveInterview, deadline))
  },
)
