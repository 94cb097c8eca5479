import { describe, expect, it } from 'vitest'
import {
  formatAge,
  formatNumber,
  formatSecond,
  formatTime,
  fromInput,
  toInput,
  zoneName,
} from '../../../web/parts/format.ts'

describe('displayed values', () => {
  it.each([
    [0.1 + 0.2, '0.3'],
    [1223, '1223'],
    [1 / 3, '0.3333333'],
    [1e21, '1e+21'],
  ])('are for the number %d: %s', (value, text) => {
    expect(formatNumber(value)).toBe(text)
  })

  it('are for a time as short as possible', () => {
    expect(formatTime(1588507200000, 'utc')).toBe('2020-05-03 12:00:00')
    expect(formatTime(1588507200250, 'utc')).toBe('2020-05-03 12:00:00.250')
    expect(formatSecond('2020-05-03T12:00:00.999Z')).toBe('2020-05-03 12:00:00')
    expect(zoneName('utc')).toBe('UTC')
  })

  it.each(['utc', 'local'] as const)('are for an input what the input returns (%s)', (zone) => {
    expect(fromInput(toInput(1588507200000, zone), zone)).toBe('2020-05-03T12:00:00.000Z')
    expect([fromInput('', zone), fromInput('soon', zone)]).toEqual(['', ''])
  })

  it.each([
    [0, 'now'],
    [4_000, '4 seconds ago'],
    [90_000, '1 minute ago'],
    [7_200_000, '2 hours ago'],
    [864_000_000, '10 days ago'],
    [-2_500, 'in 2 seconds'],
  ])('are for an age of %d ms: %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text)
  })
})
