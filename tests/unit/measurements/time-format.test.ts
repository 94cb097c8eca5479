import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toIso, toMs } from '../../../lib/measurements/instant.ts'
import { compileTimeFormat } from '../../../lib/measurements/time-format.ts'

const read = (format: string, cell: string | number | boolean | null, zone?: string) => {
  const instant = compileTimeFormat(format)(cell, zone)
  return instant && toIso(instant)
}

describe('a declared format', () => {
  it.each([
    ['unix', 1706792400, '2024-02-01T13:00:00.000Z'],
    ['unix', '1706792400.25', '2024-02-01T13:00:00.250Z'],
    ['unix', '1.7067924e9', '2024-02-01T13:00:00.000Z'],
    ['unix', -1.5, '1969-12-31T23:59:58.500Z'],
    ['unix_ms', 5, '1970-01-01T00:00:00.005Z'],
    ['unix_ms', -1, '1969-12-31T23:59:59.999Z'],
    // `influxdata/telegraf#5485`: milliseconds in a CSV file.
    ['unix_ms', '1550530705935', '2019-02-18T22:58:25.935Z'],
    ['unix_us', '1706792400123456', '2024-02-01T13:00:00.123456Z'],
    ['unix_ns', '1706792400123456789', '2024-02-01T13:00:00.123456789Z'],
    ['excel', 45323.54, '2024-02-01T12:57:36.000Z'],
    ['excel', 45323.541666666664, '2024-02-01T13:00:00.000Z'],
    ['excel', '25569', '1970-01-01T00:00:00.000Z'],
    ['%d.%m.%Y %H:%M', '01.02.2024 13:00', '2024-02-01T13:00:00.000Z'],
    ['%d.%m.%Y %H:%M', '1.2.2024 3:05', '2024-02-01T03:05:00.000Z'],
    ['%m/%d/%y %I:%M:%S %p', '07/25/14 01:00:00 PM', '2014-07-25T13:00:00.000Z'],
    ['%m/%d/%y %I:%M:%S %p', '07/25/14 12:00:00 am', '2014-07-25T00:00:00.000Z'],
    // `dannymcc/may#250`: 1 December of an American export.
    ['%m/%d/%Y', '12/01/2026', '2026-12-01T00:00:00.000Z'],
    // `apache/superset#25113`: days before months.
    ['%d-%m-%Y %H:%M:%S', '01-08-2023 02:01:00', '2023-08-01T02:01:00.000Z'],
    // `ctmm-initiative/ctmmweb#139`.
    ['%m.%d.%y', '1.23.22', '2022-01-23T00:00:00.000Z'],
    ['%d %b %Y %H:%M', '6 May 2024 13:00', '2024-05-06T13:00:00.000Z'],
    ['%B %d, %Y', 'september 9, 2024', '2024-09-09T00:00:00.000Z'],
    ['%a, %d %b %Y %H:%M:%S %z', 'Thu, 01 Feb 2024 14:00:00 +0100', '2024-02-01T13:00:00.000Z'],
    ['%Y-%m-%dT%H:%M:%S.%f%z', '2024-02-01T13:00:00.1234567Z', '2024-02-01T13:00:00.1234567Z'],
    ['%Y-%m-%dT%H:%M:%S%z', '2024-02-01T08:30:00-04:30', '2024-02-01T13:00:00.000Z'],
    ['%Y%m%d%H', 2024020113, '2024-02-01T13:00:00.000Z'],
    ['%d%m%Y', 1022024, '2024-02-01T00:00:00.000Z'],
    ['%Y%j', 2024060, '2024-02-29T00:00:00.000Z'],
    ['%j/%Y', '366/2024', '2024-12-31T00:00:00.000Z'],
    ['%y-%m-%d', '69-01-01', '1969-01-01T00:00:00.000Z'],
    ['%y-%m-%d', '68-01-01', '2068-01-01T00:00:00.000Z'],
    ['100%% (%Y) %m.%d', '100% (2024) 02.01', '2024-02-01T00:00:00.000Z'],
  ])('%s reads %j', (format, cell, iso) => {
    expect(read(format, cell)).toBe(iso)
  })

  it.each([
    ['%d.%m.%Y %H:%M', '2024-02-01 13:00'],
    ['%d.%m.%Y', '30.02.2024'],
    ['%d.%m.%Y', '01x02x2024'],
    ['%d.%m.%Y', '01.02.2024 13:00'],
    ['%d.%m.%Y', true],
    ['%d.%m.%Y', null],
    ['%Y%j', '2023366'],
    ['%d.%m.%Y %z', '01.02.2024 CET'],
    ['%d.%m.%Y %z', '01.02.2024 +99:99'],
    ['%d.%m.%Y %z', '01.02.2024 +0160'],
    ['unix', 'soon'],
    ['unix', ''],
    ['unix', '0x10'],
    ['unix', null],
    ['unix_ns', '9'.repeat(40)],
    ['excel', 'x'],
    ['excel', ''],
    ['excel', 0],
    ['excel', 3e6],
    ['excel', null],
  ])('%s does not read %j', (format, cell) => {
    expect(read(format, cell)).toBeNull()
  })

  it.each([
    ['%d.%m.%Y %H:%M', '01.07.2024 13:00', '2024-07-01T11:00:00.000Z'],
    ['excel', 45323.541666666664, '2024-02-01T12:00:00.000Z'],
    ['unix', 1706792400, '2024-02-01T13:00:00.000Z'],
    ['%Y-%m-%d %H:%M %z', '2024-07-01 13:00 UTC', '2024-07-01T13:00:00.000Z'],
  ])('%s reads %j in the time zone', (format, cell, iso) => {
    expect(read(format, cell, 'Europe/Berlin')).toBe(iso)
  })

  it.each([
    ['', 'must have a year, a month and a day, as in %d.%m.%Y %H:%M'],
    ['%H:%M', 'must have a year, a month and a day, as in %d.%m.%Y %H:%M'],
    ['%Y-%m', 'must have a year, a month and a day, as in %d.%m.%Y %H:%M'],
    ['%Y-%m-%d %Q', 'has the directive %Q, which is not supported'],
    ['%Y-%m-%d %', 'has the directive %, which is not supported'],
    ['%Y-%m-%d %Y', 'has %Y twice'],
    ['%Y-%m-%d %I:%M', 'must have %I and %p together, or %H'],
    ['UNIX', 'must have a year, a month and a day, as in %d.%m.%Y %H:%M'],
    ['constructor', 'must have a year, a month and a day, as in %d.%m.%Y %H:%M'],
  ])('"%s" is not valid', (format, message) => {
    expect(() => compileTimeFormat(format)).toThrow(message)
  })

  it('reads a moment that is written in the same format', () => {
    const pad = (value: number, width = 2) => String(value).padStart(width, '0')
    const dayOfYear = (date: Date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / 86_400_000) + 1
    const write: Readonly<Record<string, (date: Date) => string>> = {
      Y: (date) => pad(date.getUTCFullYear(), 4),
      m: (date) => pad(date.getUTCMonth() + 1),
      d: (date) => pad(date.getUTCDate()),
      j: (date) => pad(dayOfYear(date), 3),
      H: (date) => pad(date.getUTCHours()),
      I: (date) => pad(date.getUTCHours() % 12 || 12),
      M: (date) => pad(date.getUTCMinutes()),
      S: (date) => pad(date.getUTCSeconds()),
      f: (date) => pad(date.getUTCMilliseconds(), 3),
      p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
      b: (date) => date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' }),
      B: (date) => date.toLocaleString('en-US', { month: 'long', timeZone: 'UTC' }),
      z: () => '+00:00',
    }
    const format = fc
      .tuple(
        fc.constantFrom(['%d', '%m', '%Y'], ['%m', '%d', '%Y'], ['%Y', '%j'], ['%d', '%b', '%Y'], ['%B', '%d', '%Y']),
        fc.constantFrom('.', '/', '-', ' '),
        fc.constantFrom('%H:%M:%S.%f', '%I:%M:%S.%f %p', '%Hh%Mm%S,%f %z'),
      )
      .map(([date, separator, clock]) => `${date.join(separator)} ${clock}`)
    const moment = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(format, moment, (pattern, date) => {
        const text = pattern.replace(/%(\w)/g, (_, directive: string) => write[directive]?.(date) ?? '')
        const instant = compileTimeFormat(pattern)(text, undefined)
        expect([text, instant && toMs(instant)]).toEqual([text, date.getTime()])
      }),
    )
  })

  it('rejects long digits in time', () => {
    const format = compileTimeFormat('%d%m%H%M%S%j%f%Y')
    expect(format('1'.repeat(4_000), undefined)).toBeNull()
  })
})
