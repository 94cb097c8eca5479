import * as z from 'zod/mini'
import { parsedString } from '../core/zod-helpers.ts'

/** Schemas of JWK sets (RFC 7517, RFC 7518, RFC 8037), created on use. No message quotes a value. */

const MESSAGE = 'must be a JWK set of RSA (2048 to 4096 bits), P-256 or Ed25519 keys, each with a kid'

const base64url = () => z.string(MESSAGE).check(z.regex(/^[\w-]+$/, MESSAGE))
/** 32 bytes: a coordinate or the private half of a P-256 or Ed25519 key. */
const bytes32 = () => z.string(MESSAGE).check(z.regex(/^[\w-]{43}$/, MESSAGE))

function bitLength(text: string): number {
  const [first = 0, ...rest] = Buffer.from(text, 'base64url')
  return 32 - Math.clz32(first) + 8 * rest.length
}
const modulus = () =>
  base64url().check(
    z.refine((text) => {
      const bits = bitLength(text)
      return bits >= 2_048 && bits <= 4_096
    }, MESSAGE),
  )

/** Keys of sets that were made before there were several algorithms may lack `alg` and `use`. */
const common = <Algorithm extends string>(algorithm: Algorithm) => ({
  alg: z._default(z.literal(algorithm, MESSAGE), algorithm),
  kid: z.string(MESSAGE).check(z.minLength(1, MESSAGE)),
  use: z._default(z.literal('sig', MESSAGE), 'sig'),
  signs_from: z._default(z.number(MESSAGE), 0),
})
const rsa = () => z.object({ kty: z.literal('RSA'), n: modulus(), e: base64url(), ...common('RS256') }, MESSAGE)
const p256 = () =>
  z.object(
    { kty: z.literal('EC'), crv: z.literal('P-256', MESSAGE), x: bytes32(), y: bytes32(), ...common('ES256') },
    MESSAGE,
  )
const ed25519 = () =>
  z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519', MESSAGE), x: bytes32(), ...common('EdDSA') }, MESSAGE)

function privateRsa() {
  const number = base64url()
  return z.extend(rsa(), { d: number, p: number, q: number, dp: number, dq: number, qi: number })
}

const publicKey = () => z.discriminatedUnion('kty', [rsa(), p256(), ed25519()], MESSAGE)
const privateKey = () =>
  z.discriminatedUnion(
    'kty',
    [privateRsa(), z.extend(p256(), { d: bytes32() }), z.extend(ed25519(), { d: bytes32() })],
    MESSAGE,
  )

const keySet = <Key extends z.ZodMiniType<{ kid: string }>>(key: Key) =>
  z
    .pipe(
      parsedString((text): unknown => JSON.parse(text), 'must be JSON'),
      z.object({ keys: z.array(key, MESSAGE).check(z.minLength(1, MESSAGE)) }, MESSAGE),
    )
    .check(
      z.refine(
        ({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length,
        'must have a different kid for each key',
      ),
    )

/** Private keys. `signs_from` is in UNIX seconds. Every key has its `alg`, which is the only one that it signs with. */
export const signingKeys = () => keySet(privateKey())

/** Public keys, each with the only `alg` that it verifies. */
export const verificationKeys = () => keySet(publicKey())
