import type { Cell } from './cells.ts'

/** Numbers from here on are UNIX milliseconds (1973 and later), smaller ones seconds (up to the year 5138). */
const MILLISECONDS_FROM = 1e11
/** The years 0001 to 9999 sort as 24-character ISO texts. */
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z')
const LATEST = Date.parse('9999-12-31T23:59:59.999Z')

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?| (\d\d):?(\d\d))?)?$/
/** The part of the basic format, `20200503T120000Z`, that differs. */
const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/
const NUMBER = /^\s*[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?\s*$/i

const nullIfOutOfRange = (ms: number): number | null => (ms >= EARLIEST && ms <= LATEST ? ms : null)

/**
 * Parses ISO 8601 to UNIX milliseconds with their fractions; null for other text. A date alone is midnight, and no
 * offset means UTC. A blank before the offset is read as `+`, because an unescaped `+` in a query becomes a blank.
 */
export function parseIso(text: string): number | null {
  const match = ISO.exec(text.trim().replace(BASIC, '$1-$2-$3T$4:$5:$6'))
  if (!match) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  // A day that does not exist would become another day. Only a leap second may roll over.
  if (date.getUTCMonth() + 1 !== month || date.getUTCDate() !== day) return null
  if (hour > 23 || minute > 59 || second > 60) return null
  const [offsetHours, offsetMinutes] = [Number(match[9] ?? match[11] ?? 0), Number(match[10] ?? match[12] ?? 0)]
  if (offsetHours > 23 || offsetMinutes > 59) return null
  const offset = (match[8] === '-' ? -60 : 60) * (offsetHours * 60 + offsetMinutes)
  const seconds = hour * 3600 + minute * 60 + second - offset
  return nullIfOutOfRange(date.getTime() + seconds * 1000 + Number(`0.${match[7] ?? 0}`) * 1000)
}

/** Multiplies as a decimal, so that a fraction is the same instant as its ISO text. */
function toMilliseconds(seconds: number): number {
  const text = Number.isInteger(seconds) ? '' : String(seconds)
  return text === '' || text.includes('e') ? seconds * 1000 : Number(`${text}e3`)
}

/** Parses UNIX seconds (also fractions), UNIX milliseconds or ISO 8601 to UNIX milliseconds; null for other cells. */
export function parseTime(cell: Cell): number | null {
  if (typeof cell === 'number')
    return nullIfOutOfRange(Math.abs(cell) < MILLISECONDS_FROM ? toMilliseconds(cell) : cell)
  if (typeof cell !== 'string') return null
  return NUMBER.test(cell) ? parseTime(Number(cell)) : parseIso(cell)
}

/** ISO text of UNIX milliseconds in UTC, at most the year 9999. It always has 24 characters, so it sorts as text. */
export const isoTime = (ms: number): string => new Date(Math.min(Math.floor(ms), LATEST)).toISOString()

/** The time of a row in UNIX milliseconds: from its time column, else the time of receipt. */
export function rowTime(
  block: { timeColumn: string | null; columns: ReadonlyMap<string, readonly Cell[]>; receivedAt: number },
  row: number,
): number {
  const measuredAt = block.timeColumn === null ? null : parseTime(block.columns.get(block.timeColumn)?.[row] ?? null)
  return measuredAt ?? block.receivedAt
}
