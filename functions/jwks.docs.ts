import { describeSchema } from '../lib/openapi/fields.ts'
import { example, headOf, type Operation, type Operations } from '../lib/openapi/operation.ts'
import { jwk } from './jwks.ts'

describeSchema(jwk, {
  fields: {
    kid: 'Id of the key, as in the header of tokens.',
    alg: 'The only algorithm that the key verifies.',
    n: 'Modulus of an RSA key, in base64url.',
    e: 'Exponent of an RSA key, in base64url.',
    x: 'First coordinate of a P-256 key, or the Ed25519 key, in base64url.',
    y: 'Second coordinate of a P-256 key, in base64url.',
  },
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
            kty: 'RSA',
            n: '6kv8N4I3DA316cWMUcWmOjJk9AdmiiWUONccu2RFPVqNgdSOnN2wSET5bSQJxNRLhqE_VYBrsmBkcSR6xZMG0hrmavlqaYUlbNpKKlPy_rZLKvTkQIQN96x6o-GrYwyDT7ov7vmiFCQvpQim7pi8ljIWXmT73IpXIm8nAX6ZN7yolmvQ3JBJwtcKwHEzsbTc4Xj5Ahdpd_b-MPNv2EpBDRriWbOtCXS8WzF5DO_b7_P0VJ4HS3TVrJ3R30tT1AfeF_vBIlFQwy7t1IUnkc8-7lnkOXSfU7Su5v2iugHd8GzDOMq4Uben0U_XIQGwKYILqTCtRFkJ47JpWEvd9G9M4Q',
            e: 'AQAB',
            kid: '9b2f6c1e-5d4a-4e0b-8a57-1f3c2d7e9a60',
            alg: 'RS256',
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
