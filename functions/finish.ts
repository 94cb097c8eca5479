import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromJsonText, withSchemas } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { parseSessionToken, withSessionToken } from '../lib/identity/session-token.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { fetchFinishStatus, finishAnswer } from '../lib/providers/incode.ts'

const finished = z.extend(finishAnswer, { success: z.literal(true) })

const body = z.strictObject({ token: z.optional(z.string()) })

/**
 * POST /finish {token}: returns the result of a session -> {success, redirectionUrl, action}. The credential is the
 * session token. Latchkey and Incode both check it; Latchkey adds no API key.
 */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: withSchemas({ json: body }, (request) =>
      parseSessionToken(fromJsonText(body)(request).value.token, 'token'),
    ),
    responses: { 200: finished },
    formatError: formatIncodeError,
  },
  async ({ request, input: token }) => {
    const { receivedAt } = request
    const status = await withSessionToken(token, receivedAt, null, () =>
      fetchFinishStatus(token, providerDeadline(receivedAt)),
    )
    return json(200, { success: true, ...status })
  },
)
