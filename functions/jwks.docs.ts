import { describeSchema } from '../lib/openapi/fields.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { handler, jwk } from './jwks.ts'

describeSchema(jwk, {
  fields: { x: 'The public key, in base64url.', kid: 'Id of the key, as in the header of tokens.' },
})

export const operations: readonly Operation[] = [
  {
    route: 'GET /.well-known/jwks.json',
    handler,
    id: 'getKeys',
    tag: 'OAuth 2.0',
    summary: 'Get the public keys of auth tokens',
    description:
      'The keys that sign auth tokens now, will sign them, or signed tokens that are still valid (RFC 7517). A service can verify tokens offline with them; only `/introspect` knows about revocations.',
    security: [],
    responses: { 200: { description: 'The keys.', type: 'application/jwk-set+json', headers: ['cache-control'] } },
    errors: [],
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
  },
]
