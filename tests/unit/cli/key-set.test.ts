import { describe, expect, it } from 'vitest'
import { keyStates, rotateKeySet } from '../../../cli/support/key-set.ts'
import { selectSigningKey } from '../../../lib/access/auth-token.ts'

const NOW = 1_800_000_000
const HOUR = 3600
const key = (kid: string, signs_from = 0) => ({ kid, signs_from })
const kidsAfter = (...keys: { kid: string; signs_from: number }[]) =>
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

it('an empty set has no signing key', () => {
  expect(() => selectSigningKey([], NOW)).toThrow('SIGNING_KEYS contains no key')
})
