import { createHash, type Hash, timingSafeEqual } from 'node:crypto'

/**
 * Algorithms of `Content-<ALG>-Salted`: the name in the header, which is that of Python's hashlib as in co2logserver, and
 * the OpenSSL name. MD5 and SHA-1 are supported for small devices.
 */
const ALGORITHMS: Readonly<Record<string, string>> = {
  md5: 'md5',
  sha1: 'sha1',
  sha224: 'sha224',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  sha3_224: 'sha3-224',
  sha3_256: 'sha3-256',
  sha3_384: 'sha3-384',
  sha3_512: 'sha3-512',
  blake2b: 'blake2b512',
  blake2s: 'blake2s256',
}

export const ALGORITHM_NAMES = Object.keys(ALGORITHMS)

/**
 * Shorter salts can be guessed. Those that were registered or configured earlier stay valid.
 * @limit Access | characters that the checksum salt of a new client has at least
 */
export const MIN_SALT_CHARACTERS = 16

/** A checksum header: an algorithm of `ALGORITHM_NAMES`, and its digest in hexadecimal of either case. */
export interface Checksum {
  algorithm: string
  hex: string
}

/**
 * Returns a function that finds the first candidate whose salt matches every checksum, each a digest over payload and
 * salt. The payload is hashed once per algorithm, however many salts there are, and only while all checksums match.
 * Digests are compared in constant time. With `onMatch`, all checksums are computed, and it gets the algorithm of each
 * that matches a candidate.
 */
export function saltMatcher(
  payload: Uint8Array,
  checksums: readonly Checksum[],
  onMatch?: (algorithm: string) => void,
) {
  const tests = checksums.map((checksum) => ({ ...checksum, matches: makeSaltTest(payload, checksum) }))
  return <Candidate extends { salt: string }>(candidates: Iterable<Candidate>): Candidate | undefined => {
    for (const candidate of candidates) {
      if (onMatch) for (const { algorithm, matches } of tests) if (matches(candidate.salt)) onMatch(algorithm)
      if (tests.length > 0 && tests.every(({ matches }) => matches(candidate.salt))) return candidate
    }
    return undefined
  }
}

/** Returns whether a checksum is the digest over payload and salt. Hashes the payload at the first call. */
function makeSaltTest(payload: Uint8Array, { algorithm, hex }: Checksum): (salt: string) => boolean {
  const digest = /^(?:[0-9a-f]{2})*$/i.test(hex) ? Buffer.from(hex, 'hex') : Buffer.alloc(0)
  let unsalted: Hash | undefined
  return (salt) => {
    unsalted ??= createHash(ALGORITHMS[algorithm] ?? '').update(payload)
    const actual = unsalted.copy().update(salt).digest()
    return digest.length === actual.length && timingSafeEqual(digest, actual)
  }
}
