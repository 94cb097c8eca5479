import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { retryAfterSeconds } from '../../../lib/providers/retry-after.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const LAST = Date.parse('9999-12-31T23:59:59Z')

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120],
    [' 7 ', 7],
    ['30s', 30],
    ['30 S', 30],
    ['2m', 120],
    ['1H', 3600],
    ['1.2', 2],
    ['0.5m', 30],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30],
    ['Sunday, 01-Mar-26 12:01:00 GMT', 60],
    ['Sun Mar  1 12:00:01 2026 GMT', 1],
    ['2026-03-01T12:00:00.001Z', 1],
    ['Sun, 01 Mar 2026 11:59:59 GMT', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('%j is %d seconds', (header, seconds) => {
    expect(retryAfterSeconds(header, NOW)).toBe(seconds)
  })

  it.each([null, '', ' ', 'soon', '5 minutes', '2d', '1e3', '0x10', 'NaN', 'Infinity', '∞', '12345678'])(
    '%j says nothing',
    (header) => {
      expect(retryAfterSeconds(header, NOW)).toBeUndefined()
    },
  )

  it('is nothing or whole seconds, none of them negative, whatever it holds', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[\d.smhSMH :+,-]{0,20}$/),
      fc.date().map(String),
      fc.double().map(String),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: LAST }), (header, now) => {
        const seconds = retryAfterSeconds(header, now)
        return seconds === undefined || (Number.isSafeInteger(seconds) && seconds >= 0)
      }),
      { numRuns: 1_000 },
    )
  })

  it('in seconds is what it says, at any time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), fc.integer({ min: 0, max: LAST }), (seconds, now) => {
        expect(retryAfterSeconds(String(seconds), now)).toBe(seconds)
        expect(retryAfterSeconds(`${seconds}s`, now)).toBe(seconds)
        expect(retryAfterSeconds(`${seconds}m`, now)).toBe(seconds * 60)
      }),
    )
  })

  it('as a date is waited for until then, and not for what is over', () => {
    const moment = fc.integer({ min: 0, max: Math.floor(LAST / 1000) })
    fc.assert(
      fc.property(moment, fc.integer({ min: 0, max: LAST }), (second, now) => {
        const seconds = retryAfterSeconds(new Date(second * 1000).toUTCString(), now)
        expect(seconds).toBe(Math.max(0, Math.ceil(second - now / 1000)))
      }),
    )
  })
})
