import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'
import { clientParameters, identifyClient } from '../lib/oauth/client-authentication.ts'
import { formatOAuthError } from '../lib/oauth/error-response.ts'
import { fromForm } from '../lib/oauth/form.ts'
import { revokeOwnToken, tokenSchema } from '../lib/oauth/introspection.ts'

const parameters = z.object({ ...clientParameters, token: tokenSchema, token_type_hint: z.optional(z.string()) })

/**
 * POST /revoke (RFC 7009): revokes a token of the client, from the next request on -> 200. Returns 200 for unknown tokens
 * and other clients' tokens too, so that ownership is not revealed.
 */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: fromForm(parameters),
    responses: { 200: z.object({}) },
    formatError: formatOAuthError,
  },
  async ({ request, input }) => {
    const client = await identifyClient(request, input)
    await revokeOwnToken(input.token, client.client_id, request.receivedAt)
    return json(200, {})
  },
)
