import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'
import { clientParameters, requireAuthenticatedClient } from '../lib/oauth/client-authentication.ts'
import { formatOAuthError } from '../lib/oauth/error-response.ts'
import { fromForm } from '../lib/oauth/form.ts'
import { introspection, introspectToken, tokenSchema } from '../lib/oauth/introspection.ts'
import { log } from '../lib/observability/log.ts'

const parameters = z.object({ ...clientParameters, token: tokenSchema, token_type_hint: z.optional(z.string()) })

/**
 * POST /introspect (RFC 7662): returns the state of a token of this confidential client, or of any client if it has the
 * scope `introspect` -> {active, …}. Expired, unknown and other clients' tokens return {active: false}.
 */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: fromForm(parameters),
    responses: { 200: introspection },
    formatError: formatOAuthError,
  },
  async ({ request, input }) => {
    const client = await requireAuthenticatedClient(request, input)
    const result = await introspectToken(input.token, client, request.receivedAt)
    log('token_introspected', { request_id: request.id, client_id: client.client_id, active: result.active })
    return json(200, result)
  },
)
