import { SCOPES } from '../lib/clients/scopes.ts'
import { example, headOf, type Operation, type Operations } from '../lib/openapi/operation.ts'
import { ISSUER } from '../lib/openapi/samples.ts'

const METHODS = ['client_secret_basic', 'client_secret_post']

const metadata: Operation = {
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
        authorization_endpoint: `${ISSUER}/token`,
        token_endpoint: `${ISSUER}/token`,
        token_endpoint_auth_methods_supported: [...METHODS, 'none'],
        introspection_endpoint: `${ISSUER}/introspect`,
        introspection_endpoint_auth_methods_supported: METHODS,
        revocation_endpoint: `${ISSUER}/revoke`,
        revocation_endpoint_auth_methods_supported: [...METHODS, 'none'],
        jwks_uri: `${ISSUER}/.well-known/jwks.json`,
        scopes_supported: SCOPES,
        response_types_supported: ['code'],
        grant_types_supported: ['client_credentials', 'authorization_code'],
        code_challenge_methods_supported: ['S256'],
      },
    ),
  },
}

export const operations: Operations = {
  'GET /.well-known/oauth-authorization-server': metadata,
  'HEAD /.well-known/oauth-authorization-server': headOf(
    metadata,
    '/.well-known/oauth-authorization-server',
    'headOAuthMetadata',
  ),
}
