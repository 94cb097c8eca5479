import { allowAnyone } from '../lib/access/proof.ts'
import { endpointByMethod } from '../lib/http/by-method.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { audienceParameters } from '../lib/oauth/audience.ts'
import { grantToken, tokenParameters, tokenResponse } from '../lib/oauth/client-credentials.ts'
import { formatOAuthError } from '../lib/oauth/error-response.ts'
import { fromForm } from '../lib/oauth/form.ts'
import { nonceHeader } from '../lib/oauth/proof-nonce.ts'
import { redirectParameters, redirectResponse, redirectToClient } from '../lib/oauth/redirect-flow.ts'

/**
 * GET /token: client_id -> 302 to the client's callback with auth_token, expiry and participant_id. The body has the
 * same values; a caller that prefers JSON gets 200. With code_challenge, the callback gets a one-time code instead. A
 * confidential client authenticates with Basic.
 */
const redirectEndpoint = endpoint(
  {
    access: allowAnyone,
    input: fromQuery(redirectParameters),
    responses: { 200: redirectResponse, 302: redirectResponse },
  },
  ({ request, input }) => redirectToClient(request, input),
)

/**
 * POST /token: a token for client credentials, or for the code of GET /token (RFC 6749 sections 4.4 and 4.1). Returns
 * {access_token, token_type, expires_in, scope}. With a DPoP proof, the token is bound to its key (RFC 9449).
 */
const grantEndpoint = endpoint(
  {
    access: allowAnyone,
    input: fromForm(tokenParameters, Object.keys(audienceParameters)),
    responses: { 200: tokenResponse },
    formatError: formatOAuthError,
  },
  async ({ request, input }) =>
    json(200, await grantToken(request, input), { pragma: 'no-cache', ...(await nonceHeader(request)) }),
)

export const handler = endpointByMethod({ GET: redirectEndpoint, POST: grantEndpoint })
