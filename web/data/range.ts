import { parseRangeTime } from '../../lib/measurements/time-range.ts'
import type { Extent } from './rows.ts'

/** How far the clock of a device may be ahead: its rows belong to a range that ends now. */
const AHEAD_MS = 3_600_000

/** Whether a limit is a time ago, such as `-24h` or `now-7d`. */
export const isRelative = (text: string): boolean => /^\s*(?:now|-)/.test(text)

/** A time ago as the buttons of ranges have it: `15 min` for `-15m`. */
export function spanText(ago: string): string {
  const [, count = '', unit = ''] = /^\s*(?:now)?\s*-\s*(\d+)\s*([a-z])\s*$/i.exec(ago) ?? []
  return count === '' ? ago.trim() : `${count} ${unit === 'm' ? 'min' : unit}`
}

/** The times of the first and the last row of a series, in ISO 8601; missing without rows. */
export interface Span {
  first?: string | undefined
  last?: string | undefined
}

/**
 * The range of two limits, of which empty ones are the first and the last time of all series. A range that starts some
 * time ago ends now. Null if it has no rows.
 */
export function resolveRange(limits: { from: string; to: string }, spans: readonly Span[], now: number): Extent | null {
  const firsts = spans.flatMap(({ first }) => first ?? []).map((time) => Date.parse(time))
  // The last time has no microseconds.
  const lasts = spans.flatMap(({ last }) => last ?? []).map((time) => Date.parse(time) + 1)
  const [first, last] = [Math.min(...firsts), Math.max(...lasts)]
  const end = isRelative(limits.from) ? Math.max(now, Math.min(last, now + AHEAD_MS)) : last
  const from = parseRangeTime(limits.from, 'from', now) ?? first
  const to = parseRangeTime(limits.to, 'to', now) ?? end
  return Number.isFinite(from) && Number.isFinite(to) && from <= to && from <= last && to >= first ? { from, to } : null
}
