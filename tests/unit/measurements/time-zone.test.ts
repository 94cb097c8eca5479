import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findTimeZone, offsetAt, toUtcSeconds } from '../../../lib/measurements/time-zone.ts'

const utc = (text: string) => Date.parse(`${text}Z`) / 1000

describe('a local time', () => {
  it.each([
    ['Europe/Berlin', '2024-02-01T13:00:00', '2024-02-01T12:00:00'],
    ['Europe/Berlin', '2024-07-01T13:00:00', '2024-07-01T11:00:00'],
    ['America/New_York', '2024-02-01T13:00:00', '2024-02-01T18:00:00'],
    ['Asia/Kathmandu', '2024-02-01T13:00:00', '2024-02-01T07:15:00'],
    ['UTC', '2024-02-01T13:00:00', '2024-02-01T13:00:00'],
    // Before 1972, Liberia was 44 minutes and 30 seconds behind.
    ['Africa/Monrovia', '1971-06-01T12:00:00', '1971-06-01T12:44:30'],
  ])('in %s, %s is %s', (zone, local, expected) => {
    expect(toUtcSeconds(utc(local), zone)).toBe(utc(expected))
  })

  it.each([
    ['Europe/Berlin', '2024-03-31T02:30:00', '2024-03-31T01:30:00'],
    ['America/New_York', '2024-03-10T02:00:00', '2024-03-10T07:00:00'],
    ['Australia/Lord_Howe', '2024-10-06T02:10:00', '2024-10-05T15:40:00'],
    ['Pacific/Apia', '2011-12-30T12:00:00', '2011-12-30T22:00:00'],
  ])('in %s, %s does not exist and moves forward', (zone, local, expected) => {
    expect(toUtcSeconds(utc(local), zone)).toBe(utc(expected))
  })

  it.each([
    ['Europe/Berlin', '2024-10-27T02:30:00', '2024-10-27T00:30:00'],
    ['America/New_York', '2024-11-03T01:00:00', '2024-11-03T05:00:00'],
    ['Australia/Lord_Howe', '2024-04-07T01:45:00', '2024-04-06T14:45:00'],
  ])('in %s, %s exists twice and is the first', (zone, local, expected) => {
    expect(toUtcSeconds(utc(local), zone)).toBe(utc(expected))
  })

  /** The wall clock as Intl shows it, as seconds as if in UTC. */
  function wallClock(zone: string, seconds: number): number {
    const text = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
    return utc(text.format(seconds * 1000).replace(' ', 'T'))
  }

  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/St_Johns', 'Africa/Casablanca']
  /** Also times within two hours of a change. */
  const moment = fc.oneof(
    fc.integer({ min: utc('1975-01-01T00:00:00'), max: utc('2036-12-31T00:00:00') }),
    fc
      .constantFrom('2024-03-31T01:00:00', '2024-10-27T01:00:00', '2024-11-03T06:00:00', '2024-04-06T15:00:00')
      .chain((change) => fc.integer({ min: utc(change) - 7_200, max: utc(change) + 7_200 })),
  )

  it.each(zones)('in %s is the first moment at which Intl shows it', (zone) => {
    fc.assert(
      fc.property(moment, (seconds) => {
        const local = wallClock(zone, seconds)
        const found = toUtcSeconds(local, zone)
        expect(wallClock(zone, found)).toBe(local)
        expect(found).toBeLessThanOrEqual(seconds)
        expect(offsetAt(zone, found)).toBe(local - found)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the name of a time zone', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
  ])('%s is %s', (name, zone) => {
    expect(findTimeZone(name)).toBe(zone)
  })

  it.each(['', 'Berlin', 'Europe/Atlantis', '+01:00', 'local', 'CET+1'])('"%s" is not one', (name) => {
    expect(findTimeZone(name)).toBeUndefined()
  })
})
