import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { SCOPES } from '../lib/clients/scopes.ts'
import { getSettings } from '../lib/config/settings.ts'
import { PROOF_ALGORITHMS, SIGNING_ALGORITHMS } from '../lib/core/signing-algorithms.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'

const METHODS = ['client_secret_basic', 'client_secret_post']

const names = z.array(z.string())
const metadata = z.object({
  issuer: z.url(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  token_endpoint_auth_methods_supported: names,
  introspection_endpoint: z.url(),
  introspection_endpoint_auth_methods_supported: names,
  revocation_endpoint: z.url(),
  revocation_endpoint_auth_methods_supported: names,
  jwks_uri: z.url(),
  scopes_supported: z.array(z.enum(SCOPES)),
  response_types_supported: names,
  grant_types_supported: names,
  code_challenge_methods_supported: names,
  client_attestation_signing_alg_values_supported: z.array(z.enum(SIGNING_ALGORITHMS)),
  client_attestation_pop_signing_alg_values_supported: names,
  dpop_signing_alg_values_supported: z.array(z.enum(PROOF_ALGORITHMS)),
  subject_types_supported: names,
  id_token_signing_alg_values_supported: z.array(z.enum(SIGNING_ALGORITHMS)),
})

/**
 * GET the authorisation server metadata: endpoints and features for OAuth clients (RFC 8414). Verifiers discover the key
 * set at the address of OpenID Connect (OpenID Connect Discovery 1.0).
 */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: () => undefined,
    responses: { 200: metadata },
  },
  async () => {
    const { PUBLIC_URL } = await getSettings('PUBLIC_URL')
    const endpoints = {
      issuer: PUBLIC_URL,
      authorization_endpoint: `${PUBLIC_URL}/token`,
      token_endpoint: `${PUBLIC_URL}/token`,
      token_endpoint_auth_methods_supported: [...METHODS, 'attest_jwt_client_auth', 'none'],
      introspection_endpoint: `${PUBLIC_URL}/introspect`,
      introspection_endpoint_auth_methods_supported: METHODS,
      revocation_endpoint: `${PUBLIC_URL}/revoke`,
      revocation_endpoint_auth_methods_supported: [...METHODS, 'none'],
      jwks_uri: `${PUBLIC_URL}/.well-known/jwks.json`,
      scopes_supported: [...SCOPES],
      response_types_supported: ['code'],
      grant_types_supported: ['client_credentials', 'authorization_code'],
      code_challenge_methods_supported: ['S256'],
      // draft-ietf-oauth-attestation-based-client-auth: Latchkey itself signs the attestations of its clients.
      client_attestation_signing_alg_values_supported: [...SIGNING_ALGORITHMS],
      client_attestation_pop_signing_alg_values_supported: ['ES256'],
      dpop_signing_alg_values_supported: [...PROOF_ALGORITHMS],
      // Latchkey issues no ID tokens. Verifiers accept these algorithms for access tokens, also after a rotation.
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...SIGNING_ALGORITHMS],
    }
    return json(200, endpoints, { 'cache-control': 'public, max-age=300' })
  },
)
