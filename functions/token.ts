import { allowAnyone } from '../lib/access/proof.ts'
import { endpointByMethod } from '../lib/http/by-method.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { grantClientCredentials, tokenParameters, tokenResponse } from '../lib/oauth/client-credentials.ts'
import { formatOAuthError } from '../lib/oauth/error-response.ts'
import { fromForm } from '../lib/oauth/form.ts'
import { redirectParameters, redirectResponse, redirectWithToken } from '../lib/oauth/redirect-flow.ts'

/**
 * GET /token: redirects to the client's callback URL with an auth token, or returns JSON if the caller prefers it. A
 * confidential client authenticates with its secret (Basic).
 */
const collector = endpoint(
  {
    access: allowAnyone,
    input: fromQuery(redirectParameters),
    responses: { 200: redirectResponse, 302: redirectResponse },
  },
  ({ request, input }) => redirectWithToken(request, input),
)

/** POST /token: the client credentials grant of OAuth (RFC 6749 section 4.4). */
const oauth = endpoint(
  {
    access: allowAnyone,
    input: fromForm(tokenParameters),
    responses: { 200: tokenResponse },
    formatError: formatOAuthError,
  },
  async ({ request, input }) => json(200, await grantClientCredentials(request, input), { pragma: 'no-cache' }),
)

export const handler = endpointByMethod({ GET: collector, POST: oauth })
