import * as z from 'zod/mini'
import { anyone } from '../lib/access/caller.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { described, fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { interviewId } from '../lib/identity/interview-id.ts'
import { incodeRefusal } from '../lib/identity/refusal.ts'
import { sessionTokenIn, withSessionToken } from '../lib/identity/session-token.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { ownScore } from '../lib/providers/incode.ts'

const query = z.strictObject({ interviewId })

/**
 * GET /fetch-score: whether a finished session passed -> {success, score: OK | FAIL}. The session's own token, as
 * X-Token, is the credential: it is checked here and by Incode, and no key of ours goes with it.
 */
export const handler = endpoint(
  {
    access: anyone,
    input: described({ query }, async (request) => {
      const { interviewId } = await fromQuery(query)(request)
      return { interviewId, token: sessionTokenIn(request.headers['x-token'], 'X-Token') }
    }),
    refusal: incodeRefusal,
  },
  async ({ request, input: { interviewId, token } }) => {
    const { receivedAt } = request
    const status = await withSessionToken(token, receivedAt, interviewId, () =>
      ownScore(interviewId, token, providerDeadline(receivedAt)),
    )
    return json(200, { success: true, score: status === 'OK' ? 'OK' : 'FAIL' })
  },
)
