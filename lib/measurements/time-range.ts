import { EARLIEST } from './instant.ts'
import { isoTime, parseTime } from './times.ts'

/** A time ago, as in `-24h`, `-7d` and Grafana's `now-30m`. */
const RELATIVE = /^(?:now)?-(\d{1,9})(s|m|min|h|d|w)$|^now$/
const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5, w: 6048e5 }
const DAY_MS = 864e5
/** A date alone. */
const DATE = /^\s*\d{4}-\d\d-\d\d\s*$/

export type RangeSide = 'from' | 'to'

/**
 * Parses a limit of a time range to UNIX milliseconds; null for other text. A date alone is the whole day in UTC, so
 * `to` is its end. A time ago is relative to `now`.
 */
export function parseRangeTime(text: string, side: RangeSide, now: number): number | null {
  const match = RELATIVE.exec(text.trim())
  if (match) return Math.max(now - Number(match[1] ?? 0) * (UNITS[match[2] ?? ''] ?? 0), EARLIEST)
  const time = parseTime(text)
  // The microsecond before midnight, because `to` is inclusive.
  return time !== null && side === 'to' && DATE.test(text) ? time + DAY_MS - 0.001 : time
}

/** Parameters with absolute times for those of a query that are relative, so that all pages have the same range. */
export function fixRelativeTimes(
  query: URLSearchParams,
  range: Readonly<Partial<Record<RangeSide, number | undefined>>>,
): Record<string, string> {
  const sides: readonly RangeSide[] = ['from', 'to']
  return Object.fromEntries(
    sides.flatMap((side) => {
      const time = range[side]
      return time !== undefined && RELATIVE.test(query.get(side)?.trim() ?? '') ? [[side, isoTime(time)]] : []
    }),
  )
}
