import { describe, expect, it } from 'vitest'
import { formatKeySet, keyStates, parseKeySet, rotateKeySet } from '../../../cli/support/key-set.ts'
import { selectSigningKey } from '../../../lib/access/auth-token.ts'
import type { SigningAlgorithm } from '../../../lib/core/signing-algorithms.ts'
import { makeSigningKey } from '../../../lib/crypto/deployment-secrets.ts'

const NOW = 1_800_000_000
const HOUR = 3600
const key = (kid: string, signs_from = 0) => ({ kid, alg: 'ES256', signs_from, d: 'private' })
const kidsAfter = (...keys: ReturnType<typeof key>[]) =>
  rotateKeySet({ keys }, key('new', NOW + 900), NOW).keys.map(({ kid }) => kid)

describe('a key rotation', () => {
  it('adds a key and retains the signing key, whatever its age', () => {
    expect(kidsAfter(key('a'))).toEqual(['new', 'a'])
    expect(kidsAfter(key('a', NOW - 1000 * HOUR))).toEqual(['new', 'a'])
  })

  it('removes keys that were superseded more than 25 hours ago', () => {
    expect(kidsAfter(key('b', NOW - 24 * HOUR), key('a'))).toEqual(['new', 'b', 'a'])
    expect(kidsAfter(key('b', NOW - 25 * HOUR), key('a'))).toEqual(['new', 'b'])
    expect(kidsAfter(key('c', NOW - HOUR), key('b', NOW - 30 * HOUR), key('a'))).toEqual(['new', 'c', 'b'])
  })

  it('retains keys without a time until a later key has signed for long enough', () => {
    expect(kidsAfter(key('b'), key('a'))).toEqual(['new', 'b', 'a'])
    expect(kidsAfter(key('c', NOW - 10 * HOUR), key('b'), key('a'))).toEqual(['new', 'c', 'b', 'a'])
    expect(kidsAfter(key('c', NOW - 26 * HOUR), key('b'), key('a'))).toEqual(['new', 'c'])
  })

  it('retains keys that an upcoming key has not superseded yet', () => {
    expect(kidsAfter(key('next', NOW + 60), key('a', NOW - 50 * HOUR))).toEqual(['new', 'next', 'a'])
  })
})

it.each([
  [[key('a')], ['signing']],
  [
    [key('a'), key('b')],
    ['signing', 'old'],
  ],
  [
    [key('a', NOW - 5), key('b', NOW + 5), key('c')],
    ['next', 'signing', 'old'],
  ],
  [
    [key('a', NOW + 5), key('b', NOW + 9)],
    ['next', 'signing'],
  ],
])('reports states that match the signing key of the functions: %j', (keys, states) => {
  const found = keyStates({ keys }, NOW)
  expect(found.map(({ state }) => state)).toEqual(states)
  expect(found.find(({ state }) => state === 'signing')?.kid).toBe(selectSigningKey(keys, NOW).kid)
})

it('a function whose clock is late signs with the key that was published first', () => {
  const keys = [key('next', NOW + 900), key('signing', NOW + 5)]
  expect(selectSigningKey(keys, NOW).kid).toBe('signing')
})

it('a published key without a private half never signs', () => {
  const { d: _private, ...old } = key('old')
  expect(keyStates({ keys: [key('a', NOW + 5), old] }, NOW).map(({ state }) => state)).toEqual(['signing', 'old'])
})

describe('the parameters of a key set', () => {
  /** The last key signs, and each of the others superseded the one after it an hour earlier. */
  async function rotateHourly(algorithms: readonly SigningAlgorithm[], change: object = {}) {
    let set = { keys: [{ ...(await makeSigningKey('RS256')), signs_from: 0 }] } as Parameters<typeof rotateKeySet>[0]
    for (const [index, alg] of algorithms.entries()) {
      const now = NOW + index * HOUR
      set = rotateKeySet(set, { ...(await makeSigningKey(alg)), ...change, signs_from: now + 900 }, now)
    }
    return formatKeySet(set)
  }
  const rsa = (rotations: number) => Array.from({ length: rotations }, () => 'RS256' as const)

  it('hold two RSA keys with their private halves, and six public ones', async () => {
    const parameters = await rotateHourly(rsa(7))
    const kids = Object.values(parameters).map((text) => JSON.parse(text).keys.length)
    expect(kids).toEqual([2, 8])
    for (const text of Object.values(parameters)) expect(text.length).toBeLessThanOrEqual(4_096)
    const again = formatKeySet(parseKeySet(parameters))
    expect(JSON.parse(again.SIGNING_KEYS)).toEqual(JSON.parse(parameters.SIGNING_KEYS))
    expect(JSON.parse(again.VERIFICATION_KEYS)).toEqual(JSON.parse(parameters.VERIFICATION_KEYS))
  })

  it('hold a rotation from RSA to each other algorithm and back', async () => {
    await expect(rotateHourly(['ES256', 'RS256', 'EdDSA', 'RS256', 'ES256', 'RS256'])).resolves.toBeDefined()
  })

  it('are rejected if they are too long', async () => {
    const message =
      /^VERIFICATION_KEYS would have \d{4} characters, and a parameter holds 4096\. Use fewer or smaller keys/
    await expect(rotateHourly(rsa(8))).rejects.toThrow(message)
  })
})

it('an empty set has no signing key', () => {
  expect(() => selectSigningKey([], NOW)).toThrow('SIGNING_KEYS contains no key')
})
