import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { retryAfterSeconds } from '../../../lib/providers/retry-after.ts'
import { runs } from '../../support/property.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const LAST = Date.parse('9999-12-31T23:59:59Z')
const bounded = (seconds: number) => Math.min(Math.max(seconds, 1), 3_600)

describe('Retry-After', () => {
  it.each([
    ['0', 1],
    ['0.0s', 1],
    ['120', 120],
    [' 7 ', 7],
    ['30s', 30],
    ['30 S', 30],
    ['2m', 120],
    ['1H', 3600],
    ['800ms', 1],
    ['1000 ms', 1],
    ['1001ms', 2],
    ['999999MS', 1000],
    ['12.5s', 13],
    ['12500.5ms', 13],
    ['1.2', 2],
    ['0.5m', 30],
    ['3600', 3600],
    ['3601', 3600],
    ['61m', 3600],
    ['999999h', 3600],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30],
    ['Sunday, 01-Mar-26 12:01:00 GMT', 60],
    ['Sun Mar  1 12:00:02 2026 GMT', 2],
    ['Sun, 01 Mar 2026 13:00:01 GMT', 3600],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3600],
    ['Sun, 01 Mar 2026 12:00:00 GMT', 1],
    ['Sun, 01 Mar 2026 11:59:59 GMT', 1],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 1],
  ])('%j is %d seconds', (header, seconds) => {
    expect(retryAfterSeconds(header, NOW)).toBe(seconds)
  })

  it.each([
    ...[null, '', ' ', 'soon', '5 minutes', '2d', '1e3', '0x10', 'NaN', 'Infinity', '∞', '12345678'],
    ...['1,5', '-5', '+5', '5-', '-1s', '1sm', '1mss', '1 m s', 'ms', 'in 5', '5, 10', '1.', '.5', '1 2'],
    ...['2026-03-01', '2026-03-01T12:00:30Z', '2026-03-01T12:00:30.001+00:00', '3/1/2026 12:00:30'],
    ...['01 Mar 2026 12:00:30 GMT', 'Sun, 01 Mar 2026', 'sun, 01 mar 2026 12:00:30 gmt'],
    ...['Sun, 99 Mar 2026 12:00:30 GMT', 'Sun, 01 Mar 2026 25:00:00 GMT', 'Invalid Date', '12:00:30'],
  ])('%j is invalid', (header) => {
    expect(retryAfterSeconds(header, NOW)).toBeUndefined()
  })

  it('is null or whole seconds from one to an hour, for any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[\d.smhSMH :+,-]{0,20}$/),
      fc.date().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.double().map(String),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: LAST }), (header, now) => {
        const seconds = retryAfterSeconds(header, now)
        return seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3_600)
      }),
      { numRuns: runs(1_000) },
    )
  })

  it('is the given number of seconds within these limits, at any time', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 999_999 })),
        fc.integer({ min: 0, max: LAST }),
        (seconds, now) => {
          expect(retryAfterSeconds(String(seconds), now)).toBe(bounded(seconds))
          expect(retryAfterSeconds(`${seconds}s`, now)).toBe(bounded(seconds))
          expect(retryAfterSeconds(`${seconds}m`, now)).toBe(bounded(seconds * 60))
          expect(retryAfterSeconds(`${seconds}ms`, now)).toBe(bounded(Math.ceil(seconds / 1_000)))
        },
      ),
    )
  })

  it('as a date is the time until then, within these limits', () => {
    const now = fc.integer({ min: 0, max: LAST })
    const apart = fc.oneof(fc.integer({ min: -10, max: 4_000 }), fc.integer({ min: -1e12, max: 1e12 }))
    fc.assert(
      fc.property(now, apart, (now, seconds) => {
        const date = new Date(Math.floor(now / 1000 + seconds) * 1000)
        fc.pre(date.getTime() >= 0 && date.getTime() <= LAST)
        expect(retryAfterSeconds(date.toUTCString(), now)).toBe(bounded(Math.ceil((date.getTime() - now) / 1000)))
      }),
    )
  })
})
