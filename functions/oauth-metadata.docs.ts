import { SCOPES } from '../lib/clients/scopes.ts'
import { PROOF_ALGORITHMS, SIGNING_ALGORITHMS } from '../lib/core/signing-algorithms.ts'
import { example, headOf, type Operation, type Operations } from '../lib/openapi/operation.ts'
import { ISSUER } from '../lib/openapi/samples.ts'

const METHODS = ['client_secret_basic', 'client_secret_post']

const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/token`,
  token_endpoint: `${ISSUER}/token`,
  token_endpoint_auth_methods_supported: [...METHODS, 'attest_jwt_client_auth', 'none'],
  introspection_endpoint: `${ISSUER}/introspect`,
  introspection_endpoint_auth_methods_supported: METHODS,
  revocation_endpoint: `${ISSUER}/revoke`,
  revocation_endpoint_auth_methods_supported: [...METHODS, 'none'],
  jwks_uri: `${ISSUER}/.well-known/jwks.json`,
  scopes_supported: SCOPES,
  response_types_supported: ['code'],
  grant_types_supported: ['client_credentials', 'authorization_code'],
  code_challenge_methods_supported: ['S256'],
  client_attestation_signing_alg_values_supported: SIGNING_ALGORITHMS,
  client_attestation_pop_signing_alg_values_supported: ['ES256'],
  dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: SIGNING_ALGORITHMS,
}
const common = {
  tag: 'OAuth 2.0',
  security: [],
  responses: { 200: { description: 'The metadata.', headers: ['cache-control'] } },
  examples: { metadata: example('The metadata', {}, METADATA) },
} as const

const oauthMetadata: Operation = {
  ...common,
  id: 'getOAuthMetadata',
  summary: 'Get the OAuth metadata',
  description: 'Endpoints and features for OAuth clients (RFC 8414).',
}
const openIdConfiguration: Operation = {
  ...common,
  id: 'getOpenIDConfiguration',
  summary: 'Get the OpenID configuration',
  description:
    'The same metadata at the address where gateways and libraries look for the key set (OpenID Connect Discovery 1.0). Latchkey issues no ID tokens: the algorithms are those of access tokens.',
}

const OAUTH_PATH = '/.well-known/oauth-authorization-server'
const OPENID_PATH = '/.well-known/openid-configuration'

export const operations: Operations = {
  [`GET ${OAUTH_PATH}`]: oauthMetadata,
  [`HEAD ${OAUTH_PATH}`]: headOf(oauthMetadata, OAUTH_PATH, 'headOAuthMetadata'),
  [`GET ${OPENID_PATH}`]: openIdConfiguration,
  [`HEAD ${OPENID_PATH}`]: headOf(openIdConfiguration, OPENID_PATH, 'headOpenIDConfiguration'),
}
