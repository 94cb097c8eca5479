import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { offsetAt } from '../../../lib/measurements/time-zone.ts'
import { fitsTimeZone, makeWindowFinder, parseWindowLength } from '../../../lib/measurements/windows.ts'
import { runs } from '../../support/property.ts'

const HOUR = 3_600_000

describe('the length of a window', () => {
  it.each([
    ['5m', { unit: 'ms', size: 300_000 }],
    ['90min', { unit: 'ms', size: 5_400_000 }],
    ['30s', { unit: 'ms', size: 30_000 }],
    ['1h', { unit: 'ms', size: HOUR }],
    ['1d', { unit: 'day', size: 1 }],
    ['2w', { unit: 'week', size: 2 }],
    ['200ms', { unit: 'ms', size: 200 }],
    ['2y', { unit: 'month', size: 24 }],
    ['PT5M', { unit: 'ms', size: 300_000 }],
    ['PT1H30M10S', { unit: 'ms', size: 5_410_000 }],
    ['P7D', { unit: 'day', size: 7 }],
    ['P1W', { unit: 'week', size: 1 }],
    ['P3M', { unit: 'month', size: 3 }],
    ['P2Y', { unit: 'month', size: 24 }],
    ['P10Y', { unit: 'month', size: 120 }],
  ])('%s is read', (text, length) => {
    expect(parseWindowLength(text)).toEqual(length)
  })

  it.each([
    '',
    '0m',
    '5',
    'm',
    '-5m',
    '1.5h',
    '5M',
    'P',
    'PT',
    'P0D',
    'PT0S',
    'P1M2D',
    'P1DT1H',
    'P11Y',
    '11y',
    '0ms',
    '999999999d',
    'pt5m',
  ])('%j is rejected', (text) => {
    expect(parseWindowLength(text)).toBeUndefined()
  })
})

const windowOf = (every: string, time: string, zone?: string) => {
  const length = parseWindowLength(every)
  if (!length) throw new Error(every)
  const { start, end } = makeWindowFinder(length, zone)(Date.parse(time))
  return [new Date(start).toISOString(), new Date(end).toISOString(), (end - start) / HOUR]
}

describe('windows', () => {
  it.each([
    ['5m', '2026-03-29T01:07:59.999Z', undefined, '2026-03-29T01:05:00.000Z', 1 / 12],
    ['7h', '1970-01-01T13:59:00Z', undefined, '1970-01-01T07:00:00.000Z', 7],
    ['1d', '1969-12-31T23:59:59Z', undefined, '1969-12-31T00:00:00.000Z', 24],
    ['1w', '2026-03-29T12:00:00Z', undefined, '2026-03-23T00:00:00.000Z', 168],
    ['P1M', '2024-02-29T12:00:00Z', undefined, '2024-02-01T00:00:00.000Z', 29 * 24],
    ['P3M', '2026-05-03T12:00:00Z', undefined, '2026-04-01T00:00:00.000Z', 91 * 24],
    ['200ms', '2026-03-29T01:07:59.399Z', undefined, '2026-03-29T01:07:59.200Z', 0.2 / 3_600],
    ['1y', '2024-05-03T12:00:00Z', undefined, '2024-01-01T00:00:00.000Z', 366 * 24],
    ['P1Y', '0099-05-03T12:00:00Z', undefined, '0099-01-01T00:00:00.000Z', 365 * 24],
    ['1d', '2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-28T23:00:00.000Z', 23],
    ['1d', '2026-10-25T12:00:00Z', 'Europe/Berlin', '2026-10-24T22:00:00.000Z', 25],
    ['P1M', '2026-03-10T12:00:00Z', 'Europe/Berlin', '2026-02-28T23:00:00.000Z', 31 * 24 - 1],
    ['1h', '2026-03-29T12:10:00Z', 'Asia/Kolkata', '2026-03-29T11:30:00.000Z', 1],
    // A day of 25 hours ends with a window of one hour.
    ['6h', '2026-10-25T22:30:00Z', 'Europe/Berlin', '2026-10-25T22:00:00.000Z', 1],
    // Midnight is skipped, or shown twice.
    ['1d', '2018-11-04T12:00:00Z', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z', 23],
    ['1d', '2018-02-18T02:30:00Z', 'America/Sao_Paulo', '2018-02-17T02:00:00.000Z', 25],
    ['1d', '2021-11-07T04:30:00Z', 'America/Havana', '2021-11-07T04:00:00.000Z', 25],
    // The clock jumped from 23:30 over midnight.
    ['1d', '1919-03-31T04:45:00Z', 'America/Toronto', '1919-03-30T05:00:00.000Z', 24],
    // Samoa had no 30 December.
    ['1d', '2011-12-31T00:00:00Z', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 24],
  ])('%s contain %s in %s', (every, time, zone, start, hours) => {
    const [first, , length] = windowOf(every, time, zone)
    expect([first, length]).toEqual([start, hours])
  })

  it('divide the time without gaps and overlaps', () => {
    const zones = [undefined, ...Intl.supportedValuesOf('timeZone')]
    const lengths = ['30ms', '7s', '5m', '6h', '5h', '24h', '1d', '3d', '1w', 'P1M', 'P5M', 'P1Y']
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...lengths),
        fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2060, 0) }),
        (zone, every, time) => {
          const length = parseWindowLength(every)
          if (!length) throw new Error(every)
          const find = makeWindowFinder(length, zone)
          const { start, end } = find(time)
          expect(start <= time && time < end).toBe(true)
          expect(makeWindowFinder(length, zone)(start)).toEqual({ start, end })
          expect(makeWindowFinder(length, zone)(end - 1)).toEqual({ start, end })
          expect(find(end).start).toBe(end)
          if (zone !== undefined && /[dwMY]/.test(every) && time > Date.UTC(1973, 0)) {
            const midnight = new Date(start + offsetAt(zone, start / 1_000) * 1_000).toISOString()
            // A zone whose clock skips midnight starts its day later.
            expect(midnight).toMatch(/T0[01]:[0-3]0:00.000Z$/)
          }
        },
      ),
      { numRuns: runs(2_000) },
    )
  })

  it('of more than a day fit a time zone only in whole days', () => {
    const fits = ['24h', '25h', '2d', 'P1M'].map((every) =>
      fitsTimeZone(parseWindowLength(every) ?? { unit: 'ms', size: 0 }),
    )
    expect(fits).toEqual([true, false, true, true])
  })
})
