import * as z from 'zod/mini'
import { proofOf } from '../lib/access/caller.ts'
import { clientToken } from '../lib/access/client-token.ts'
import { closable } from '../lib/access/open-endpoints.ts'
import { withExtra } from '../lib/core/problem.ts'
import { textUpTo } from '../lib/core/zod-helpers.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { described, fromJsonText, invalid } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { incodeRefusal } from '../lib/identity/refusal.ts'
import { refusedWith } from '../lib/providers/errors.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { verifyAttempt } from '../lib/providers/incode.ts'

const text = textUpTo(4_096).check(z.minLength(1, 'must not be empty'))
const attempt = z.strictObject({ transactionId: text, token: text, interviewToken: text })

/** What Incode answers to an attempt that it does not know; 403 would be about our key. */
const NO_SUCH_ATTEMPT = [400, 404, 422]

/** POST /auth {transactionId, token, interviewToken}: whether a face login is genuine -> {verified, …} as Incode has it. */
export const handler = endpoint(
  {
    access: closable('auth', proofOf(clientToken('start'))),
    input: described({ json: attempt }, (request) => fromJsonText(attempt)(request).value),
    refusal: (problem, requestId) => incodeRefusal(withExtra(problem, { verified: false }), requestId),
  },
  async ({ request, input }) => {
    try {
      return json(200, await verifyAttempt(input, providerDeadline(request.receivedAt)))
    } catch (error) {
      if (!NO_SUCH_ATTEMPT.includes(refusedWith(error) ?? 0)) throw error
      throw invalid([
        { field: 'transactionId', detail: 'with this token and interviewToken is no attempt Incode knows' },
      ])
    }
  },
)
