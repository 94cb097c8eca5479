import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits in base64url: an admin token, a client secret, a key. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/**
 * The stored form of a secret: `sha256:<hex>`. Secrets have 256 random bits, so a slow password hash would add cost and no
 * security.
 */
export const secretDigest = (secret: string): string => `sha256:${hash('sha256', secret, 'hex')}`

/** Compares a secret with a stored digest in constant time. */
export function matchesDigest(secret: string, digest: string): boolean {
  const actual = Buffer.from(secretDigest(secret))
  const expected = Buffer.from(digest)
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}
