import type { Cell, Cells } from './cells.ts'
import {
  type CivilTime,
  decimalInstant,
  type Instant,
  LATEST,
  nullIfOutOfRange,
  to24Hours,
  toInstant,
  toMs,
  toOffset,
  trimZeros,
} from './instant.ts'

/** Numbers from here on are UNIX milliseconds (1973 and later), smaller ones seconds (up to the year 5138). */
const MILLISECONDS_FROM = 1e11
/** Numbers after the last millisecond of the year 9999 are microseconds, from here on nanoseconds (1973 and later). */
const NANOSECONDS_FROM = 1e17
const NANOSECONDS_TO = 1e20

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?| (\d\d):?(\d\d))?)?$/
/** The part of the basic format, `20200503T120000Z`, that differs. */
const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/
const NUMBER = /^\s*[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?\s*$/i
/**
 * Years first, so that month and day are clear: slashes, one-digit parts, a 12-hour clock, a zone by name. An offset
 * may have a zone behind it, which adds nothing: `[Europe/Berlin]` of Java, `CET` of Go.
 */
const YEAR_FIRST =
  /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ] ?(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?([AP])\.?M\.?)?(?: ?(?:(UTC|GMT|Z)|([+-])(\d\d)(?::?(\d\d))?)(?: ?\[[\w/+-]+\]| [A-Z]{3,5})?)?)?$/i
/** YYYYMMDD or YYYYMMDDhhmmss of the years 1900 to 2099. */
const DIGITS = /^((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)(?:\.(\d+))?)?$/
/** A year at the end, or two digits: day and month may be in either order. */
const AMBIGUOUS = /^(\d{1,2}[./-]){2}(\d{4}|\d\d)\b/

/** The numbers of the groups 1 to 6 of a match: year to second. */
function readNumbers(match: RegExpExecArray) {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  return { year, month, day, hour, minute, second }
}

function parseIsoCivil(text: string): CivilTime | null {
  const match = ISO.exec(text.replace(BASIC, '$1-$2-$3T$4:$5:$6'))
  if (!match) return null
  const hasOffset = /[Zz]$/.test(text) || match[9] !== undefined || match[11] !== undefined
  const offset = hasOffset ? toOffset(match[8], match[9] ?? match[11], match[10] ?? match[12]) : null
  if (hasOffset && offset === null) return null
  return { ...readNumbers(match), fraction: match[7] ?? '', offset }
}

/**
 * Parses ISO 8601 to UNIX milliseconds with their fractions; null for other text. A date alone is midnight, and no
 * offset means UTC. A blank before the offset is read as `+`, because an unescaped `+` in a query becomes a blank.
 */
export function parseIso(text: string): number | null {
  const civil = parseIsoCivil(text.trim())
  const instant = civil && toInstant(civil)
  return instant && toMs(instant)
}

function parseYearFirst(text: string): CivilTime | null {
  const match = YEAR_FIRST.exec(text)
  if (!match) return null
  const [, year, , month, day, hour = 0, minute = 0, second = 0, fraction = '', half, zone, sign] = match
  if (half !== undefined && (Number(hour) < 1 || Number(hour) > 12)) return null
  const hasOffset = zone !== undefined || sign !== undefined
  const offset = hasOffset ? toOffset(sign, match[12], match[13]) : null
  if (hasOffset && offset === null) return null
  return {
    ...{ year: Number(year), month: Number(month), day: Number(day) },
    ...{ hour: to24Hours(Number(hour), half), minute: Number(minute), second: Number(second), fraction, offset },
  }
}

function parseDigits(text: string): CivilTime | null {
  const match = DIGITS.exec(text)
  if (!match) return null
  return { ...readNumbers(match), fraction: match[7] ?? '', offset: null }
}

/** Multiplies as a decimal, so that a fraction is the same instant as its ISO text. */
function toMilliseconds(seconds: number): number {
  const text = Number.isInteger(seconds) ? '' : String(seconds)
  return text === '' || text.includes('e') ? seconds * 1000 : Number(`${text}e3`)
}

/** Whether a number may have the digits of a date: 8 or 14 before the point. */
const mayBeDigits = (number: number): boolean =>
  (number >= 19e6 && number < 21e6) || (number >= 19e12 && number < 21e12)

function readNumber(number: number, text: string | undefined, zone?: string): number | Instant | null {
  const digits = mayBeDigits(number) ? parseDigits(text ?? String(number)) : null
  const date = digits && toInstant(digits, zone)
  if (date) return date
  if (Math.abs(number) < MILLISECONDS_FROM) return nullIfOutOfRange(toMilliseconds(number))
  if (number <= LATEST) return nullIfOutOfRange(number)
  if (!(number < NANOSECONDS_TO)) return null
  return decimalInstant(text ?? String(number), number < NANOSECONDS_FROM ? 6 : 9)
}

/**
 * Reads a time in any form that needs no declaration. A number is UNIX milliseconds, and `parseStoredTime` reads the
 * cell as the same time. An `Instant` must be stored as ISO text. Null for other cells. `zone` is the IANA time zone of
 * times without an offset, by default UTC.
 */
export function readTime(cell: Cell, zone: string | undefined): number | Instant | null {
  if (typeof cell === 'number') return readNumber(cell, undefined, zone)
  if (typeof cell !== 'string') return null
  const text = cell.trim()
  if (NUMBER.test(text)) return readNumber(Number(text), /e/i.test(text) ? undefined : text, zone)
  const iso = parseIsoCivil(text)
  const civil = iso ?? parseYearFirst(text)
  const instant = civil && toInstant(civil, zone)
  const isPlain = iso !== null && (iso.offset !== null || zone === undefined)
  return isPlain && instant ? toMs(instant) : instant
}

/** Whether a text is a date whose day and month may be in either order. */
export const isAmbiguous = (cell: Cell): boolean => typeof cell === 'string' && AMBIGUOUS.test(cell.trim())

/** Parses a time in any form that needs no declaration to UNIX milliseconds; null for other cells. */
export function parseTime(cell: Cell): number | null {
  const time = readTime(cell, undefined)
  return typeof time === 'object' && time !== null ? toMs(time) : time
}

/** Parses a time as stored: UNIX seconds (also fractions), UNIX milliseconds or ISO 8601. Null for other cells. */
export function parseStoredTime(cell: Cell): number | null {
  if (typeof cell === 'number')
    return nullIfOutOfRange(Math.abs(cell) < MILLISECONDS_FROM ? toMilliseconds(cell) : cell)
  if (typeof cell !== 'string') return null
  return NUMBER.test(cell) ? parseStoredTime(Number(cell)) : parseIso(cell)
}

/**
 * The exact time of a stored cell, in the same text for every notation. That is UNIX milliseconds, or UNIX seconds with
 * all decimals if there are more than three. Null for cells that are not times.
 */
export function exactTime(cell: Cell): string | null {
  const ms = parseStoredTime(cell)
  if (ms === null || (typeof cell === 'number' && Number.isInteger(ms))) return ms === null ? null : String(ms)
  const text = String(cell).trim()
  const instant = /[.,]\d{4}/.test(text) ? parseExact(text) : null
  const fraction = trimZeros(instant?.fraction ?? '')
  return instant && fraction.length > 3 ? `${instant.seconds}.${fraction}` : String(Math.round(ms))
}

/** A time with all the digits of its text; null for a number with an exponent. */
function parseExact(text: string): Instant | null {
  const civil = parseIsoCivil(text)
  if (civil) return toInstant(civil)
  return decimalInstant(text, Math.abs(Number(text)) < MILLISECONDS_FROM ? 0 : 3)
}

/** ISO text of UNIX milliseconds in UTC, at most the year 9999. It always has 24 characters, so it sorts as text. */
export const isoTime = (ms: number): string => new Date(Math.min(Math.floor(ms), LATEST)).toISOString()

interface Rows {
  timeColumn: string | null
  columns: Pick<ReadonlyMap<string, Cells>, 'get'>
  receivedAt: number
}

/** The time of a row in UNIX milliseconds: from its time column, else the time of receipt. */
export const rowTime = (block: Rows, row: number): number => rowTimes(block)(row)

/** Returns a function for many times of a block. Its first call decodes the time column. */
export function rowTimes({ timeColumn, columns, receivedAt }: Rows): (row: number) => number {
  let cells: Cells | undefined
  return (row) => {
    if (timeColumn !== null) cells ??= columns.get(timeColumn)
    return parseStoredTime(cells?.[row] ?? null) ?? receivedAt
  }
}
