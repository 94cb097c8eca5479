import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery, withSchemas } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { interviewId } from '../lib/identity/interview-id.ts'
import { parseSessionToken, withSessionToken } from '../lib/identity/session-token.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { fetchOwnScore } from '../lib/providers/incode.ts'

const score = z.object({ success: z.literal(true), score: z.enum(['OK', 'FAIL']) })

const query = z.strictObject({ interviewId })

/**
 * GET /fetch-score: returns whether a finished session passed -> {success, score: OK | FAIL}. The credential is the
 * session token as X-Token. Latchkey and Incode both check it; Latchkey adds no API key.
 */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: withSchemas({ query }, async (request) => {
      const { interviewId } = await fromQuery(query)(request)
      return { interviewId, token: parseSessionToken(request.headers['x-token'], 'X-Token') }
    }),
    responses: { 200: score },
    formatError: formatIncodeError,
  },
  async ({ request, input: { interviewId, token } }) => {
    const { receivedAt } = request
    const status = await withSessionToken(token, receivedAt, interviewId, () =>
      fetchOwnScore(interviewId, token, providerDeadline(receivedAt)),
    )
    return json(200, { success: true, score: status === 'OK' ? 'OK' : 'FAIL' })
  },
)
