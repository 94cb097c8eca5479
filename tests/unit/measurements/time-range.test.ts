import { describe, expect, it } from 'vitest'
import { fixRelativeTimes, parseRangeTime } from '../../../lib/measurements/time-range.ts'

const NOW = Date.parse('2024-02-02T12:00:00.000Z')
const from = (text: string) => parseRangeTime(text, 'from', NOW)
const to = (text: string) => parseRangeTime(text, 'to', NOW)
const at = (text: string) => Date.parse(text)

describe('a limit of a time range', () => {
  // `from` and `to` on one day find nothing: k-int/KBPlus#821; the last day is missing: predicthq/sdk-py#43, hltcoe/turkle#181.
  it.each(['2024-02-02', ' 2024-02-02 '])('is the whole day for the date "%s"', (date) => {
    expect(from(date)).toBe(at('2024-02-02T00:00:00Z'))
    const end = to(date) ?? 0
    expect(end).toBeGreaterThan(at('2024-02-02T23:59:59.999Z'))
    expect(end).toBeLessThan(at('2024-02-03T00:00:00Z'))
  })

  it.each(['2024-02-02T00:00', '2024-02-02T00:00:00Z', '1706832000', '1706832000000'])(
    'is a moment for a time, even at midnight: %s',
    (time) => {
      expect([from(time), to(time)]).toEqual([at('2024-02-02T00:00:00Z'), at('2024-02-02T00:00:00Z')])
    },
  )

  // `-24h`, `-7d` and `-30min` as in Graphite's render API, `now-24h` as in Grafana.
  it.each([
    ['-24h', '2024-02-01T12:00:00Z'],
    ['-7d', '2024-01-26T12:00:00Z'],
    ['-30m', '2024-02-02T11:30:00Z'],
    ['-30min', '2024-02-02T11:30:00Z'],
    ['-90s', '2024-02-02T11:58:30Z'],
    ['-1w', '2024-01-26T12:00:00Z'],
    ['now-24h', '2024-02-01T12:00:00Z'],
    ['now', '2024-02-02T12:00:00Z'],
    ['-999999999w', '0001-01-01T00:00:00Z'],
  ])('is %s before now', (text, time) => {
    expect([from(text), to(text)]).toEqual([at(time), at(time)])
  })

  it.each(['', 'soon', '24h', '+24h', '-h', '-1.5h', '-1y', '-1mo', 'now-5', '2024-02-30'])('is not "%s"', (text) => {
    expect([from(text), to(text)]).toEqual([null, null])
  })

  it('is still a number of UNIX seconds without a unit', () => {
    expect(from('-24')).toBe(-24_000)
  })
})

it('makes only relative times of a query absolute', () => {
  const query = new URLSearchParams({ from: '-24h', to: '2024-02-02', number: '5' })
  expect(fixRelativeTimes(query, { from: at('2024-02-01T12:00:00Z'), to: 5 })).toEqual({
    from: '2024-02-01T12:00:00.000Z',
  })
  expect(fixRelativeTimes(new URLSearchParams(), { from: undefined, to: undefined })).toEqual({})
})
