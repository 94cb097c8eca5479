import * as z from 'zod'
import { handler as keys } from '../../../functions/jwks.ts'
import { handler as metadata } from '../../../functions/oauth-metadata.ts'
import { SCOPES } from '../../clients/scopes.ts'
import type { Operation } from '../operation.ts'
import { ISSUER } from '../samples.ts'

const jwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().describe('The public key, in base64url.'),
  kid: z.string().describe('Names the key; tokens carry it in their header.'),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
})

const keySet: Operation = {
  route: 'GET /.well-known/jwks.json',
  handler: keys,
  id: 'getKeys',
  tag: 'OAuth 2.0',
  summary: 'Public keys of auth tokens',
  description:
    'The keys that sign auth tokens, will sign them, or have signed some that may still live (RFC 7517). A service can check tokens with them offline; only `/introspect` knows of revocations.',
  security: [],
  answers: {
    200: {
      description: 'The keys.',
      content: { 'application/jwk-set+json': z.object({ keys: z.array(jwk) }) },
      always: ['cache-control'],
    },
  },
  refused: [],
  examples: {
    keys: {
      summary: 'One key',
      sent: {},
      body: {
        keys: [
          {
            kty: 'OKP',
            crv: 'Ed25519',
            x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
            kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
            alg: 'EdDSA',
            use: 'sig',
          },
        ],
      },
    },
  },
}

const methods = z.array(z.string())
const METHODS = ['client_secret_basic', 'client_secret_post']

const server: Operation = {
  ...keySet,
  route: 'GET /.well-known/oauth-authorization-server',
  handler: metadata,
  id: 'getOAuthMetadata',
  summary: 'Where the endpoints of OAuth are',
  description: 'What an OAuth client needs to find its way (RFC 8414).',
  answers: {
    200: {
      description: 'The metadata.',
      content: {
        'application/json': z.object({
          issuer: z.url(),
          token_endpoint: z.url(),
          token_endpoint_auth_methods_supported: methods,
          introspection_endpoint: z.url(),
          introspection_endpoint_auth_methods_supported: methods,
          revocation_endpoint: z.url(),
          revocation_endpoint_auth_methods_supported: methods,
          jwks_uri: z.url(),
          scopes_supported: z.array(z.enum(SCOPES)),
          response_types_supported: methods,
          grant_types_supported: methods,
        }),
      },
      always: ['cache-control'],
    },
  },
  examples: {
    metadata: {
      summary: 'The metadata',
      sent: {},
      body: {
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
    },
  },
}

export const oauthMetadata = [keySet, server]
