import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toIso, toMs } from '../../../lib/measurements/instant.ts'
import { isAmbiguous, isoTime, parseStoredTime, parseTime, readTime } from '../../../lib/measurements/times.ts'

const MOMENT = Date.UTC(2024, 1, 1, 13)

describe('a time that needs no declaration', () => {
  it.each([
    [1_706_792_400],
    [1_706_792_400_000],
    [1_706_792_400_000_000],
    [1_706_792_400_000_000_000],
    ['1706792400000000'],
    ['1706792400000000000'],
    [20_240_201_130_000],
    ['20240201130000'],
    ['20240201130000.0'],
    ['2024-02-01 13:00:00 UTC'],
    ['2024-02-01 13:00 utc'],
    ['2024-02-01T13:00:00 GMT'],
    ['2024/02/01 13:00:00'],
    ['2024/2/1 13:00'],
    ['2024-2-1 13:00:00'],
    ['2024.02.01 13:00:00'],
    ['2024-02-01 1:00 PM'],
    ['2024-02-01 01:00:00 p.m.'],
    ['2024/02/01 14:00:00+01:00'],
    ['2024/02/01 13:00:00Z'],
    [' 2024/02/01 13:00:00 '],
  ])('is read from %j', (cell) => {
    expect(parseTime(cell)).toBe(MOMENT)
  })

  it.each([
    ['2024-2-1 3:05', Date.UTC(2024, 1, 1, 3, 5)],
    [20_240_201, Date.UTC(2024, 1, 1)],
    ['20240201', Date.UTC(2024, 1, 1)],
    ['2024/02/01', Date.UTC(2024, 1, 1)],
    ['2024-02-01 12:30 AM', Date.UTC(2024, 1, 1, 0, 30)],
    ['20240201130000.25', MOMENT + 250],
    // `thorrak/fermentrack#191`: `log_time` of an export.
    ['2017/07/20 10:05:13Z', Date.UTC(2017, 6, 20, 10, 5, 13)],
    // ThingSpeak's export with a time zone of UTC.
    ['2021-02-18 21:46:23 UTC', Date.UTC(2021, 1, 18, 21, 46, 23)],
    // A number of 8 or 14 digits without such a date remains seconds or milliseconds.
    [20_241_301, 20_241_301_000],
    [20_240_230_130_000, 20_240_230_130_000],
    [18_991_231, 18_991_231_000],
    [253_402_300_799_999, 253_402_300_799_999],
  ])('%j is %d', (cell, ms) => {
    expect(parseTime(cell)).toBe(ms)
  })

  it.each([
    '01.02.2024 13:00',
    '01/02/2024 13:00:00',
    '1-2-24',
    // `dannymcc/may#250` and `apache/superset#25113`: day and month were swapped without a word.
    '12/01/2026',
    '01-08-2023 02:01:00',
  ])('%s is ambiguous', (text) => {
    expect([parseTime(text), isAmbiguous(text)]).toEqual([null, true])
  })

  it.each([
    '2024/02-01 13:00',
    '2024-02-30 1:00',
    '2024-2-1 25:00',
    '2024-2-1 13:00 PM',
    '2024-2-1 0:30 AM',
    '2024-2-1 13:00 CEST',
    '2024-2-1 13:00 +25:00',
    '2024-2-1T',
    '13:00:00',
    '20240201130000x',
  ])('%s is neither a time nor ambiguous', (text) => {
    expect([parseTime(text), isAmbiguous(text)]).toEqual([null, false])
  })

  it('retains the digits of nanoseconds that a double does not hold (influxdata/telegraf#10405)', () => {
    const time = readTime('1641667732350000001', undefined)
    expect(typeof time === 'object' && time && toIso(time)).toBe('2022-01-08T18:48:52.350000001Z')
  })

  it('is rejected in time for hundreds of thousands of blanks', () => {
    expect(parseTime(`2020/05/03 12:00${' '.repeat(200_000)}x`)).toBeNull()
  })
})

describe('a time as it is stored', () => {
  const cell = fc.oneof(
    fc.integer({ min: 19_000_000, max: 21_000_000 }),
    fc.integer({ min: 19_000_000_000_000, max: 21_000_000_000_000 }),
    fc.double({ noNaN: true }),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
    fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).chain((date) => {
      const iso = date.toISOString()
      return fc.constantFrom(
        iso,
        iso.slice(0, 19),
        iso.slice(0, 19).replace('T', ' '),
        `${iso.slice(0, 19).replaceAll('-', '/')} UTC`,
        iso.replaceAll(/[-:TZ]|\..*/g, ''),
      )
    }),
  )

  it('is the time that was read, whether the cell is stored as sent or as ISO text', () => {
    fc.assert(
      fc.property(cell, fc.constantFrom(undefined, 'Europe/Berlin', 'America/St_Johns'), (sent, zone) => {
        const time = readTime(sent, zone)
        if (time === null) return
        const [ms, stored] = typeof time === 'number' ? [time, sent] : [toMs(time), toIso(time)]
        expect(parseStoredTime(stored)).toBe(ms)
      }),
    )
  })

  it('keeps the meaning of stored numbers', () => {
    expect([20_240_201, 20_240_201_130_000].map(parseStoredTime)).toEqual([20_240_201_000, 20_240_201_130_000])
  })
})

describe('a moment in each form', () => {
  const pad = (value: number, width = 2) => String(value).padStart(width, '0')
  /** From 1978 on, when microseconds start, to 2099, when dates of digits end. */
  const moment = fc.integer({ min: 253_402_301, max: 4_102_444_799 })

  const forms: Readonly<Record<string, (date: Date) => string | number>> = {
    seconds: (date) => date.getTime() / 1000,
    milliseconds: (date) => date.getTime(),
    microseconds: (date) => date.getTime() * 1000,
    nanoseconds: (date) => `${date.getTime()}000000`,
    ISO: isoOf,
    'fourteen digits': (date) => isoOf(date).replaceAll(/[-:TZ]|\..*/g, ''),
    slashes: (date) => `${date.getUTCFullYear()}/${date.getUTCMonth() + 1}/${date.getUTCDate()} ${clock(date)}`,
    'a suffix': (date) => `${isoOf(date).slice(0, 10)} ${clock(date)} UTC`,
    'a 12-hour clock': (date) => {
      const hour = date.getUTCHours()
      const rest = `${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())} ${hour < 12 ? 'AM' : 'PM'}`
      return `${isoOf(date).slice(0, 10)} ${hour % 12 || 12}:${rest}`
    },
  }
  function isoOf(date: Date) {
    return isoTime(date.getTime())
  }
  const clock = (date: Date) => isoOf(date).slice(11, 19)

  it.each(Object.entries(forms))('%s is the same moment', (_, form) => {
    fc.assert(fc.property(moment, (seconds) => parseTime(form(new Date(seconds * 1000))) === seconds * 1000))
  })
})
