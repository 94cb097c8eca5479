import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expiryOrDefault, jwtExpiry } from '../../../lib/providers/token-expiry.ts'
import { runs } from '../../support/property.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const LIFE = 24 * 3_600_000
const LEAST = 5 * 60_000

const part = (json: string) => Buffer.from(json).toString('base64url')
/** An unsigned JWT whose claims are this JSON. */
const jwt = (claims: string) => `${part('{"alg":"none"}')}.${part(claims)}.c2ln`
const ending = (ms: number) => jwt(JSON.stringify({ exp: ms / 1000 }))

/** Texts that are not a JWT with a number as its expiry. */
const SAYING_NOTHING = [
  ...['', 'opaque', 'a.b.c', '..', `${part('{}')}.${part('{"exp":1}')}.`.slice(5), `x.${part('no JSON')}.y`],
  ...['{}', '{"exp":"1800000000"}', '{"exp":{"a":1}}', '{"exp":[1]}', '{"exp":null}', '{"exp":true}', '[1]', '1'].map(
    jwt,
  ),
]

describe('the expiry of a token', () => {
  it('is that of its claim, within the documented lifetime', () => {
    for (const life of [LEAST, LEAST + 1_000, LIFE / 2, LIFE]) {
      expect(expiryOrDefault(ending(NOW + life), NOW, LIFE)).toBe(NOW + life)
    }
  })

  it.each(SAYING_NOTHING)('is the documented lifetime without a claim: %j', (token) => {
    expect(jwtExpiry(token)).toBeUndefined()
    expect(expiryOrDefault(token, NOW, LIFE)).toBe(NOW + LIFE)
  })

  it.each(['1e20', '1e308', '1e999', '9007199254740993', String(NOW / 1000 + LIFE / 1000 + 1), String(NOW)])(
    'is not later than that, even if the claim is %s',
    (exp) => {
      expect(expiryOrDefault(jwt(`{"exp":${exp}}`), NOW, LIFE)).toBe(NOW + LIFE)
    },
  )

  it.each(['0', '-1', '-1e20', '-1e999', '1.5', String(NOW / 1000), String(NOW / 1000 + 299), '1e-300'])(
    'is at least five minutes from now, even if the claim is %s',
    (exp) => {
      expect(expiryOrDefault(jwt(`{"exp":${exp}}`), NOW, LIFE)).toBe(NOW + LEAST)
    },
  )

  it('is between these, for any token', () => {
    const token = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json().map(jwt),
      fc.jsonValue().map((exp) => jwt(JSON.stringify({ exp }))),
      fc.double().map((exp) => jwt(`{"exp":${exp}}`)),
      fc.integer({ min: -LIFE, max: 2 * LIFE }).map((life) => ending(NOW + life)),
    )
    fc.assert(
      fc.property(token, fc.integer({ min: LEAST, max: 10 * LIFE }), (text, life) => {
        const end = expiryOrDefault(text, NOW, life)
        expect(end).toBeGreaterThanOrEqual(NOW + LEAST)
        expect(end).toBeLessThanOrEqual(NOW + life)
      }),
      { numRuns: runs(500) },
    )
  })
})

it('an expiry claim is returned unchanged, even in the past', () => {
  expect(jwtExpiry(ending(NOW))).toBe(NOW)
  expect(jwtExpiry(jwt('{"exp":1}'))).toBe(1_000)
  expect(jwtExpiry(jwt('{"exp":-1}'))).toBe(-1_000)
  expect(jwtExpiry(jwt('{"exp":1e20}'))).toBe(1e23)
})
