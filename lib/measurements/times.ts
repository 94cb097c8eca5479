import type { Cell } from './cells.ts'

/** Numbers from here on are UNIX milliseconds (1973 and later), below it seconds (up to the year 5138). */
const MILLISECONDS_FROM = 1e11
/** What sorts as a 24-character ISO text: the years 0001 to 9999. */
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z')
const LATEST = Date.parse('9999-12-31T23:59:59.999Z')

const ISO =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(?:([Zz])|([+\- ])(\d\d)(?::?(\d\d))?)?)?\s*$/
const NUMBER = /^\s*[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?\s*$/i

const inRange = (ms: number): number | null => (ms >= EARLIEST && ms <= LATEST ? ms : null)

/**
 * ISO 8601 as UNIX milliseconds, fractions kept; null when it is none. A date alone is midnight, no offset means UTC.
 * A blank where the offset's sign belongs is read as `+`: that is what an unescaped `+` in a query becomes.
 */
export function parseIso(text: string): number | null {
  const match = ISO.exec(text)
  if (!match) return null
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0))
  const date = new Date(0)
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day)
  // A day that does not exist rolls over; 24:00 and leap seconds may roll, nothing else.
  if (date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return null
  const clock = { hour: hour ?? 0, minute: minute ?? 0, second: second ?? 0 }
  if (clock.hour > 23 || clock.minute > 59 || clock.second > 60) return null
  const offsetMinutes = (match[9] === '-' ? -1 : 1) * (Number(match[10] ?? 0) * 60 + Number(match[11] ?? 0))
  const seconds = clock.hour * 3600 + clock.minute * 60 + clock.second - offsetMinutes * 60
  return inRange(date.getTime() + seconds * 1000 + Number(`0.${match[7] ?? 0}`) * 1000)
}

/** A cell as UNIX milliseconds: UNIX seconds (fractions too), UNIX milliseconds or ISO 8601; null when it is no time. */
export function parseTime(cell: Cell): number | null {
  if (typeof cell === 'number') return inRange(Math.abs(cell) < MILLISECONDS_FROM ? cell * 1000 : cell)
  if (typeof cell !== 'string') return null
  return NUMBER.test(cell) ? parseTime(Number(cell)) : parseIso(cell)
}

/** The ISO text of a moment, in milliseconds and UTC: always 24 characters, so it sorts as text. Later is the latest. */
export const isoTime = (ms: number): string => new Date(Math.min(Math.floor(ms), LATEST)).toISOString()
