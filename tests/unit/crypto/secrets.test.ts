import { describe, expect, it } from 'vitest'
import { matchesDigest, randomSecret, secretDigest } from '../../../lib/crypto/secrets.ts'

const DIGEST = 'sha256:4104d36f8da2c254349f85836793ebe029e0c957063a34c91c2e9203187b5631'

describe('a new secret', () => {
  it('is 256 bits in base64url', () => {
    const secret = randomSecret()
    expect([/^[\w-]{43}$/.test(secret), Buffer.from(secret, 'base64url').length]).toEqual([true, 32])
  })

  it('is unique', () => {
    expect(new Set(Array.from({ length: 1_000 }, randomSecret)).size).toBe(1_000)
  })
})

describe('the digest of a secret', () => {
  it('is its SHA-256', () => {
    expect(secretDigest('correct horse')).toBe(DIGEST)
  })

  it('matches the secret', () => {
    expect(matchesDigest('correct horse', DIGEST)).toBe(true)
  })

  it('matches a secret of any characters', () => {
    expect(matchesDigest('µ😀', secretDigest('µ😀'))).toBe(true)
  })

  it.each(['', 'correct horse ', 'Correct horse', 'correct hors', DIGEST])('does not match "%s"', (secret) => {
    expect(matchesDigest(secret, DIGEST)).toBe(false)
  })

  it.each([
    ['an empty text', ''],
    ['the secret itself', 'correct horse'],
    ['a digest without its name', DIGEST.slice(7)],
    ['a truncated digest', DIGEST.slice(0, -1)],
    ['a longer digest', `${DIGEST}0`],
    ['a digest in capitals', DIGEST.toUpperCase()],
    ['characters of several bytes', `${DIGEST.slice(0, -1)}é`],
  ])('does not match if it is %s', (_, digest) => {
    expect(matchesDigest('correct horse', digest)).toBe(false)
  })
})
