import type { Cell } from './cells.ts'

/** Numbers from here on are UNIX milliseconds (1973 and later), below it seconds (up to the year 5138). */
const MILLISECONDS_FROM = 1e11
/** What sorts as a 24-character ISO text: the years 0001 to 9999. */
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z')
const LATEST = Date.parse('9999-12-31T23:59:59.999Z')

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?| (\d\d):?(\d\d))?)?$/
/** The basic format, `20200503T120000Z`, as far as it differs. */
const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/
const NUMBER = /^\s*[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?\s*$/i

const inRange = (ms: number): number | null => (ms >= EARLIEST && ms <= LATEST ? ms : null)

/**
 * ISO 8601 as UNIX milliseconds, fractions kept; null when it is none. A date alone is midnight, no offset means UTC.
 * A blank where the offset's sign belongs is read as `+`: that is what an unescaped `+` in a query becomes.
 */
export function parseIso(text: string): number | null {
  const match = ISO.exec(text.trim().replace(BASIC, '$1-$2-$3T$4:$5:$6'))
  if (!match) return null
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0))
  const date = new Date(0)
  date.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day)
  // A day that does not exist would roll over into another; of all that may roll, only a leap second is meant.
  if (date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return null
  const clock = { hour: hour ?? 0, minute: minute ?? 0, second: second ?? 0 }
  if (clock.hour > 23 || clock.minute > 59 || clock.second > 60) return null
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? match[11] ?? 0), Number(match[10] ?? match[12] ?? 0)]
  if (offsetHours > 23 || offsetMinutes > 59) return null
  const offset = (match[8] === '-' ? -60 : 60) * (offsetHours * 60 + offsetMinutes)
  const seconds = clock.hour * 3600 + clock.minute * 60 + clock.second - offset
  return inRange(date.getTime() + seconds * 1000 + Number(`0.${match[7] ?? 0}`) * 1000)
}

/** Multiplied as decimals, so that a fraction is the same moment as its ISO text. */
function toMilliseconds(seconds: number): number {
  const text = Number.isInteger(seconds) ? '' : String(seconds)
  return text === '' || text.includes('e') ? seconds * 1000 : Number(`${text}e3`)
}

/** A cell as UNIX milliseconds: UNIX seconds (fractions too), UNIX milliseconds or ISO 8601; null when it is no time. */
export function parseTime(cell: Cell): number | null {
  if (typeof cell === 'number') return inRange(Math.abs(cell) < MILLISECONDS_FROM ? toMilliseconds(cell) : cell)
  if (typeof cell !== 'string') return null
  return NUMBER.test(cell) ? parseTime(Number(cell)) : parseIso(cell)
}

/** The ISO text of a moment, in milliseconds and UTC: always 24 characters, so it sorts as text. Later is the latest. */
export const isoTime = (ms: number): string => new Date(Math.min(Math.floor(ms), LATEST)).toISOString()

/** When a row was measured, in UNIX milliseconds: what its time column says, or else when it was received. */
export function rowTime(
  block: { timeColumn: string | null; columns: ReadonlyMap<string, readonly Cell[]>; receivedAt: number },
  row: number,
): number {
  const own = block.timeColumn === null ? null : parseTime(block.columns.get(block.timeColumn)?.[row] ?? null)
  return own ?? block.receivedAt
}
