import { SCOPES } from '../lib/clients/scopes.ts'
import { example, type Operations } from '../lib/openapi/operation.ts'
import { ISSUER } from '../lib/openapi/samples.ts'

const METHODS = ['client_secret_basic', 'client_secret_post']

export const operations: Operations = {
  'GET /.well-known/oauth-authorization-server': {
    id: 'getOAuthMetadata',
    tag: 'OAuth 2.0',
    summary: 'Get the OAuth metadata',
    description: 'Endpoints and features for OAuth clients (RFC 8414).',
    security: [],
    responses: { 200: { description: 'The metadata.', headers: ['cache-control'] } },
    examples: {
      metadata: example(
        'The metadata',
        {},
        {
          issuer: ISSUER,
          token_endpoint: `${ISSUER}/token`,
          token_endpoint_auth_methods_supported: METHODS,
          introspection_endpoint: `${ISSUER}/introspect`,
          introspection_endpoint_auth_methods_supported: METHODS,
          revocation_endpoint: `${ISSUER}/revoke`,
          revocation_endpoint_auth_methods_supported: [...METHODS, 'none'],
          jwks_uri: `${ISSUER}/.well-known/jwks.json`,
          scopes_supported: SCOPES,
          response_types_supported: [],
          grant_types_supported: ['client_credentials'],
        },
      ),
    },
  },
}
