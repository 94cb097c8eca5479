import { describeSchema } from '../lib/openapi/fields.ts'
import { example, headOf, type Operation, type Operations } from '../lib/openapi/operation.ts'
import { jwk } from './jwks.ts'

describeSchema(jwk, {
  fields: { x: 'The public key, in base64url.', kid: 'Id of the key, as in the header of tokens.' },
})

const keySet: Operation = {
  id: 'getKeys',
  tag: 'OAuth 2.0',
  summary: 'Get the public keys of auth tokens',
  description:
    'The keys that sign auth tokens now, will sign them, or signed tokens that are still valid (RFC 7517). A service can verify tokens offline with them; only `/introspect` knows about revocations.',
  security: [],
  responses: { 200: { description: 'The keys.', type: 'application/jwk-set+json', headers: ['cache-control'] } },
  examples: {
    keys: example(
      'One key',
      {},
      {
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
    ),
  },
}

export const operations: Operations = {
  'GET /.well-known/jwks.json': keySet,
  'HEAD /.well-known/jwks.json': headOf(keySet, '/.well-known/jwks.json', 'headKeys'),
}
