import * as z from 'zod/mini'
import { incodeWebhook } from '../lib/access/incode-webhook.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { text } from '../lib/http/response.ts'
import { APPROVAL, approved, approveInterview, notApproved } from '../lib/identity/approval.ts'
import { countEvent, receivedEvent, receiveEvent, statusEvent } from '../lib/identity/events.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { FINISHED } from '../lib/identity/statuses.ts'
import { runJobOnce } from '../lib/jobs/jobs.ts'
import { countRejectedWebhook } from '../lib/observability/metrics.ts'
import { providerDeadline } from '../lib/providers/http.ts'

/**
 * POST /approve: as /webhook. After a session finished with the score OK, Latchkey creates its identity once ->
 * {success: true, data} or {success: false, error}. If Incode fails, it responds 5xx, so that Incode retries.
 */
export const handler = endpoint(
  {
    access: incodeWebhook('approve'),
    input: statusEvent,
    responses: { 200: z.union([approved, notApproved, receivedEvent]) },
    formatError: formatIncodeError,
    onClientError: countRejectedWebhook,
  },
  async ({ request, input: event }) => {
    if (event.status !== FINISHED) {
      await receiveEvent(event)
      return text('application/json', event.body)
    }
    countEvent(event)
    const deadline = providerDeadline(request.receivedAt)
    return text('application/json', await runJobOnce(event, APPROVAL, approveInterview, deadline))
  },
)
