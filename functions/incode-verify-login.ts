import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { openable } from '../lib/access/open-endpoints.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { withExtra } from '../lib/core/problem.ts'
import { maxString } from '../lib/core/zod-helpers.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromJsonText, invalidParameter, withSchemas } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { rejectionStatus } from '../lib/providers/errors.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { verifyAnswer, verifyFaceLogin } from '../lib/providers/incode.ts'

const text = maxString(4_096).check(z.minLength(1, 'must not be empty'))
const attempt = z.strictObject({ transactionId: text, token: text, interviewToken: text })

/** Statuses of Incode for an unknown attempt; 403 is about Latchkey's API key. */
const UNKNOWN_ATTEMPT_STATUSES = [400, 404, 422]

/** POST /auth {transactionId, token, interviewToken}: verifies a face login at Incode -> {verified, …}. */
export const handler = endpoint(
  {
    access: openable('auth', requireAnyOf(clientToken('start'))),
    input: withSchemas({ json: attempt }, (request) => fromJsonText(attempt)(request).value),
    responses: { 200: verifyAnswer },
    formatError: (problem, requestId) => formatIncodeError(withExtra(problem, { verified: false }), requestId),
  },
  async ({ request, input }) => {
    try {
      return json(200, await verifyFaceLogin(input, providerDeadline(request.receivedAt)))
    } catch (error) {
      if (!UNKNOWN_ATTEMPT_STATUSES.includes(rejectionStatus(error) ?? 0)) throw error
      throw attemptUnknown()
    }
  },
)

export const attemptUnknown = () =>
  invalidParameter([
    { field: 'transactionId', detail: 'does not match a login attempt with this token and interviewToken' },
  ])
