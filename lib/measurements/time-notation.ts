import { isoTime } from './times.ts'

/** ISO 8601 in UTC, or UNIX seconds. */
export type TimeNotation = 'iso' | 'unix'

/** UNIX milliseconds in a notation, to the microsecond. */
export const notateTime = (ms: number, notation: TimeNotation): string | number =>
  notation === 'iso' ? isoText(ms) : ms % 1000 === 0 ? ms / 1000 : Number((ms / 1000).toFixed(6)) + 0

/** Microseconds are written only if there are any, as most times have none. */
function isoText(ms: number): string {
  const micros = Number.isInteger(ms) ? 0 : Math.round((ms - Math.floor(ms)) * 1000)
  if (micros === 0) return isoTime(ms)
  if (micros === 1000) return isoTime(Math.floor(ms) + 1)
  return `${isoTime(ms).slice(0, -1)}${String(micros).padStart(3, '0')}Z`
}
