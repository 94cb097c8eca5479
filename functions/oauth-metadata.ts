import { allowAnyone } from '../lib/access/caller.ts'
import { SCOPES } from '../lib/clients/scopes.ts'
import { getSettings } from '../lib/config/settings.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'

const METHODS = ['client_secret_basic', 'client_secret_post']

/** GET /.well-known/oauth-authorization-server: what OAuth clients need to find their way (RFC 8414). */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: () => undefined,
  },
  async () => {
    const { BASE_URL } = await getSettings('BASE_URL')
    const metadata = {
      issuer: BASE_URL,
      token_endpoint: `${BASE_URL}/token`,
      token_endpoint_auth_methods_supported: METHODS,
      introspection_endpoint: `${BASE_URL}/introspect`,
      introspection_endpoint_auth_methods_supported: METHODS,
      revocation_endpoint: `${BASE_URL}/revoke`,
      revocation_endpoint_auth_methods_supported: [...METHODS, 'none'],
      jwks_uri: `${BASE_URL}/.well-known/jwks.json`,
      scopes_supported: SCOPES,
      response_types_supported: [],
      grant_types_supported: ['client_credentials'],
    }
    return json(200, metadata, { 'cache-control': 'public, max-age=300' })
  },
)
