import * as z from 'zod/mini'
import { endpoint } from '../lib/http/endpoint.ts'
import { text } from '../lib/http/response.ts'
import { APPROVAL, approval, approved, notApproved } from '../lib/identity/approval.ts'
import { countEvent, incodeEvent, receivedEvent, receiveIncodeEvent } from '../lib/identity/events.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { FINISHED } from '../lib/identity/statuses.ts'
import { incodeWebhook } from '../lib/identity/webhook-access.ts'
import { runJobOnce } from '../lib/jobs/jobs.ts'
import { countRejectedWebhook } from '../lib/observability/metrics.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { proofOf } from '../lib/webhooks/receive.ts'

/**
 * POST /approve: as /webhook. After a session finished with the score OK, Latchkey creates its identity once ->
 * {success: true, data} or {success: false, error}. If Incode fails, it responds 5xx, so that Incode retries.
 */
export const handler = endpoint(
  {
    access: incodeWebhook('approve'),
    input: incodeEvent,
    responses: { 200: z.union([approved, notApproved, receivedEvent]) },
    formatError: formatIncodeError,
    onClientError: (problem) => countRejectedWebhook('incode', problem),
  },
  async ({ request, input: { text: body, status, ...unproven }, caller }) => {
    const event = { ...unproven, verifiedBy: proofOf(caller) }
    if (status !== FINISHED) {
      await receiveIncodeEvent(event, status)
      return text('application/json', body)
    }
    countEvent(status)
    const deadline = providerDeadline(request.receivedAt)
    return text('application/json', await runJobOnce(event, APPROVAL, approval, deadline))
  },
)
