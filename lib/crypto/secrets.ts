import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits in base64url: an admin token, a client secret, a key. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/**
 * What is kept of a secret: `sha256:<hex>`. The secrets are random and long, so a slow password hash would add cost
 * and no safety.
 */
export const secretDigest = (secret: string): string => `sha256:${createHash('sha256').update(secret).digest('hex')}`

/** Compares a secret with a kept digest in constant time. */
export function matchesDigest(secret: string, digest: string): boolean {
  const given = Buffer.from(secretDigest(secret))
  const kept = Buffer.from(digest)
  return given.length === kept.length && timingSafeEqual(given, kept)
}
