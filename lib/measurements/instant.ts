import { toUtcSeconds } from './time-zone.ts'

/** A moment with every digit of its source; a double of milliseconds holds about six digits of a second. */
export interface Instant {
  /** Whole UNIX seconds. */
  seconds: number
  /** Decimal digits after the point; may be empty. */
  fraction: string
}

/** A date and a clock time as written. */
export interface CivilTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  /** Decimal digits after the point; may be empty. */
  fraction: string
  /** Seconds east of UTC; null if the text has no offset. */
  offset: number | null
}

/** Seconds east of UTC; null for an offset of a day or more, or with too many minutes. */
export const toOffset = (sign: string | undefined, hours = '0', minutes = '0'): number | null =>
  Number(hours) > 23 || Number(minutes) > 59 ? null : (sign === '-' ? -60 : 60) * (Number(hours) * 60 + Number(minutes))

/** The hour of a 12-hour clock; `half` is `A` or `P`, or undefined for a 24-hour clock. */
export const to24Hours = (hour: number, half: string | undefined): number =>
  half === undefined ? hour : (hour % 12) + (half.toUpperCase() === 'P' ? 12 : 0)

/** The years 0001 to 9999 sort as 24-character ISO texts. */
export const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z')
export const LATEST = Date.parse('9999-12-31T23:59:59.999Z')

export const nullIfOutOfRange = (ms: number): number | null => (ms >= EARLIEST && ms <= LATEST ? ms : null)

/** UNIX milliseconds with their fractions. */
export const toMs = ({ seconds, fraction }: Instant): number => seconds * 1000 + Number(`0.${fraction || 0}`) * 1000

/** Removes the zeros at the end of a fraction. A pattern would take quadratic time for zeros before another digit. */
export function trimZeros(fraction: string): string {
  let end = fraction.length
  while (fraction[end - 1] === '0') end -= 1
  return fraction.slice(0, end)
}

/** ISO text in UTC with milliseconds, or with all digits if there are more. */
export function toIso({ seconds, fraction }: Instant): string {
  const text = new Date(seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'))).toISOString()
  const rest = trimZeros(fraction.slice(3))
  return rest === '' ? text : `${text.slice(0, -1)}${rest}Z`
}

/** Seconds of a date and a clock time as if in UTC; null if there is no such date or time. */
function civilSeconds({ year, month, day, hour, minute, second }: CivilTime): number | null {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  // A day that does not exist would become another day. Only a leap second may roll over.
  if (date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return null
  if (hour > 23 || minute > 59 || second > 60) return null
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second
}

/** The moment of a date and a clock time; without an offset in a time zone, by default UTC. Null if it does not exist. */
export function toInstant(civil: CivilTime, zone?: string): Instant | null {
  const local = civilSeconds(civil)
  if (local === null) return null
  const isLocal = civil.offset === null && zone !== undefined
  const seconds = isLocal ? toUtcSeconds(local, zone) : local - (civil.offset ?? 0)
  const instant = { seconds, fraction: civil.fraction }
  return nullIfOutOfRange(toMs(instant)) === null ? null : instant
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?$/

/** The exact moment of a decimal text in units of 10^-`places` seconds; null for other texts. */
export function decimalInstant(text: string, places: number): Instant | null {
  const [, sign = '', whole = '', decimals = ''] = DECIMAL.exec(text) ?? []
  if (whole === '' || whole.length > 30 || decimals.length > 30) return null
  const scale = 10n ** BigInt(places + decimals.length)
  const value = BigInt(`${sign === '-' ? '-' : ''}${whole}${decimals}`)
  const remainder = ((value % scale) + scale) % scale
  const fraction = places + decimals.length === 0 ? '' : String(remainder).padStart(places + decimals.length, '0')
  const instant = { seconds: Number((value - remainder) / scale), fraction }
  return nullIfOutOfRange(toMs(instant)) === null ? null : instant
}
