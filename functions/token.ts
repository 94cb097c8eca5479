import { allowAnyone } from '../lib/access/proof.ts'
import { endpointByMethod } from '../lib/http/by-method.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { audienceParameters } from '../lib/oauth/audience.ts'
import { grantClientCredentials, tokenParameters, tokenResponse } from '../lib/oauth/client-credentials.ts'
import { formatOAuthError } from '../lib/oauth/error-response.ts'
import { fromForm } from '../lib/oauth/form.ts'
import { redirectParameters, redirectResponse, redirectWithToken } from '../lib/oauth/redirect-flow.ts'

/**
 * GET /token: client_id -> 302 to the client's callback with auth_token, expiry and participant_id. The body has the
 * same values; a caller that prefers JSON gets 200. A confidential client authenticates with Basic.
 */
const redirectEndpoint = endpoint(
  {
    access: allowAnyone,
    input: fromQuery(redirectParameters),
    responses: { 200: redirectResponse, 302: redirectResponse },
  },
  ({ request, input }) => redirectWithToken(request, input),
)

/** POST /token: the client credentials grant (RFC 6749 section 4.4) -> {access_token, token_type, expires_in, scope}. */
const grantEndpoint = endpoint(
  {
    access: allowAnyone,
    input: fromForm(tokenParameters, Object.keys(audienceParameters)),
    responses: { 200: tokenResponse },
    formatError: formatOAuthError,
  },
  async ({ request, input }) => json(200, await grantClientCredentials(request, input), { pragma: 'no-cache' }),
)

export const handler = endpointByMethod({ GET: redirectEndpoint, POST: grantEndpoint })
