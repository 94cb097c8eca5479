import { describe, expect, it } from 'vitest'
import { isRelative, resolveRange, spanText } from '../../../web/data/range.ts'
import { formatLength, windowLength } from '../../../web/data/windows.ts'

const HOUR = 3_600_000
const NOW = Date.UTC(2026, 4, 3, 12)
const SPAN = { first: new Date(NOW - 100 * HOUR).toISOString(), last: new Date(NOW - HOUR).toISOString() }

describe('the range of a view', () => {
  it('is that of all series, if it has no limits', () => {
    const earlier = { first: new Date(NOW - 200 * HOUR).toISOString(), last: new Date(NOW - 150 * HOUR).toISOString() }
    expect(resolveRange({ from: '', to: '' }, [SPAN, earlier, {}], NOW)).toEqual({
      from: NOW - 200 * HOUR,
      to: NOW - HOUR + 1,
    })
  })

  it('ends now if it starts some time ago', () => {
    expect(resolveRange({ from: '-24h', to: '' }, [SPAN], NOW)).toEqual({ from: NOW - 24 * HOUR, to: NOW })
  })

  it('contains rows of a clock that is a little ahead', () => {
    const ahead = { ...SPAN, last: new Date(NOW + 60_000).toISOString() }
    expect(resolveRange({ from: '-24h', to: '' }, [ahead], NOW)?.to).toBe(NOW + 60_001)
    const far = { ...SPAN, last: '2099-01-01T00:00:00.000Z' }
    expect(resolveRange({ from: '-24h', to: '' }, [far], NOW)?.to).toBe(NOW + HOUR)
  })

  it('has the limits of the form', () => {
    expect(resolveRange({ from: '2026-05-02', to: '2026-05-02' }, [SPAN], NOW)).toEqual({
      from: Date.UTC(2026, 4, 2),
      to: Date.UTC(2026, 4, 3) - 0.001,
    })
  })

  it('is null without rows', () => {
    expect(resolveRange({ from: '', to: '' }, [{}], NOW)).toBeNull()
    expect(resolveRange({ from: '-30m', to: '' }, [SPAN], NOW)).toBeNull()
    expect(resolveRange({ from: '', to: '2020-01-01' }, [SPAN], NOW)).toBeNull()
    expect(resolveRange({ from: '2026-05-03', to: '2026-05-01' }, [SPAN], NOW)).toBeNull()
  })

  it('is relative with times ago', () => {
    expect(['-24h', 'now-7d', 'now', '', '2020-01-01'].map(isRelative)).toEqual([true, true, true, false, false])
  })
})

describe('windows', () => {
  it.each([
    [60_000, 1_000],
    [24 * HOUR, 120_000],
    [365 * 24 * HOUR, 12 * HOUR],
    [9_000 * 365 * 24 * HOUR, 3_650 * 24 * HOUR],
  ])('of a range of %d ms have %d ms', (span, width) => {
    expect(windowLength({ from: 0, to: span })).toBe(width)
  })

  it.each([
    [1_000, '1 second'],
    [120_000, '2 minutes'],
    [12 * HOUR, '12 hours'],
    [48 * HOUR, '2 days'],
  ])('have lengths in words: %d ms is %s', (ms, text) => {
    expect(formatLength(ms)).toBe(text)
  })
})

it.each([
  ['-15m', '15 min'],
  ['-2w', '2 w'],
  [' now-36h ', '36 h'],
  ['now', 'now'],
])('the button of the range %s has the text %s', (from, text) => {
  expect(spanText(from)).toBe(text)
})
