import { createPublicKey, type JsonWebKey } from 'node:crypto'
import * as z from 'zod/mini'

const NOT_A_KEY = 'must be a public key on P-256 (RFC 7518 section 6.2)'

const coordinate = z.string(NOT_A_KEY).check(z.regex(/^[\w-]{43}$/, NOT_A_KEY))

/** The key that an app generates for its proofs of possession. Other members are dropped. */
export const instanceKey = z.pipe(
  z
    .looseObject(
      { kty: z.literal('EC', NOT_A_KEY), crv: z.literal('P-256', NOT_A_KEY), x: coordinate, y: coordinate },
      NOT_A_KEY,
    )
    .check(
      z.refine((jwk) => !Object.hasOwn(jwk, 'd'), 'must not contain a private key'),
      z.refine(({ kty, crv, x, y }) => isOnCurve({ kty, crv, x, y }), NOT_A_KEY),
    ),
  z.transform(({ kty, crv, x, y }) => ({ kty, crv, x, y })),
)
export type InstanceKey = z.output<typeof instanceKey>

function isOnCurve(jwk: JsonWebKey): boolean {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyType === 'ec'
  } catch {
    return false
  }
}
