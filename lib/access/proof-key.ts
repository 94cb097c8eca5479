import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import * as z from 'zod/mini'
import { boundedCache } from '../core/bounded-cache.ts'
import type { ProofAlgorithm } from '../core/signing-algorithms.ts'

const KEY_TYPES = { ES256: 'EC', EdDSA: 'OKP', Ed25519: 'OKP', RS256: 'RSA' } as const

const NOT_A_KEY = 'jwk must be a public key of the type P-256, Ed25519 or RSA'
const NOT_RSA = 'jwk must be an RSA key of 2048 to 4096 bits with the exponent 65537'

/** A coordinate. */
const bytes32 = z.string(NOT_A_KEY).check(z.regex(/^[\w-]{43}$/, NOT_A_KEY))

const publicKey = z.discriminatedUnion(
  'kty',
  [
    z.object({ kty: z.literal('EC'), crv: z.literal('P-256', NOT_A_KEY), x: bytes32, y: bytes32 }),
    z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519', NOT_A_KEY), x: bytes32 }),
    // A longer exponent would make each verification expensive.
    z.object({
      kty: z.literal('RSA'),
      n: z.string(NOT_RSA).check(z.regex(/^[\w-]+$/, NOT_RSA)),
      e: z.literal('AQAB', NOT_RSA),
    }),
  ],
  NOT_A_KEY,
)
type PublicKey = z.output<typeof publicKey>

/** Members of the private half of a key (RFC 7518 section 6). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth']

/** The member `jwk` of a proof. Its other members are ignored. */
export const proofKey = z.pipe(
  z
    .looseObject({}, NOT_A_KEY)
    .check(z.refine((jwk) => !PRIVATE.some((name) => Object.hasOwn(jwk, name)), 'jwk must not contain a private key')),
  publicKey,
)

/** The thumbprint of a key (RFC 7638), in which its required members are in alphabetical order. */
export const thumbprint = (jwk: PublicKey): string =>
  hash('sha256', JSON.stringify(jwk, ['crv', 'e', 'kty', 'n', 'x', 'y']), 'base64url')

/** Importing a key takes as long as a verification. A few megabytes. */
const keys = boundedCache<KeyObject>(1_000)

/** Returns what is wrong with the key or the signature of a proof, or null. */
export function signatureIssue(
  { alg, jwk, jkt }: { alg: ProofAlgorithm; jwk: PublicKey; jkt: string },
  signed: string,
  signature: string,
): string | null {
  if (KEY_TYPES[alg] !== jwk.kty) return 'alg must fit the key in jwk'
  const key = keys.get(jkt) ?? importKey(jwk, jkt)
  if (typeof key === 'string') return key
  // A P-256 signature of JOSE is r and s (RFC 7518 section 3.4), not DER.
  const isValid = verify(
    jwk.kty === 'OKP' ? null : 'sha256',
    Buffer.from(signed),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  return isValid ? null : 'the signature does not match the key in jwk'
}

/** Imports and remembers a key, or returns what is wrong with it. */
function importKey(jwk: PublicKey, jkt: string): KeyObject | string {
  try {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    const { modulusLength: bits = 2_048 } = key.asymmetricKeyDetails ?? {}
    if (bits < 2_048 || bits > 4_096) return NOT_RSA
    keys.set(jkt, key, 0, Infinity)
    return key
  } catch {
    return NOT_A_KEY
  }
}
