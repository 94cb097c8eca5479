import type { Cell } from './cells.ts'
import { type CivilTime, decimalInstant, type Instant, to24Hours, toInstant, toOffset } from './instant.ts'

/** Reads a cell in a declared format; `zone` is the time zone of times without an offset. Null for other cells. */
export type TimeFormat = (cell: Cell, zone: string | undefined) => Instant | null

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const LONG_MONTHS =
  'January|February|March|April|May|June|July|August|September|October|November|December|Sept|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
const DAYS = '(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?'

/** Patterns of the directives, as in Python's `strptime`. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: '\\d{4}',
  y: '\\d\\d',
  m: '1[0-2]|0?[1-9]',
  d: '3[01]|[12]\\d|0?[1-9]',
  j: '36[0-6]|3[0-5]\\d|[12]\\d\\d|0?[1-9]\\d|0{0,2}[1-9]',
  H: '2[0-3]|[01]\\d|\\d',
  I: '1[0-2]|0?[1-9]',
  M: '[0-5]\\d|\\d',
  S: '60|[0-5]\\d|\\d',
  f: '\\d{1,9}',
  p: '[AP]\\.?M\\.?',
  z: 'Z|UTC|GMT|[+-](?:[01]\\d|2[0-3]):?[0-5]\\d',
  b: LONG_MONTHS,
  B: LONG_MONTHS,
  a: DAYS,
  A: DAYS,
}
/** Digits of directives whose width is fixed if nothing separates them. */
const WIDTHS: Readonly<Record<string, number>> = { Y: 4, y: 2, m: 2, d: 2, j: 3, H: 2, I: 2, M: 2, S: 2 }

/** Longer patterns than any date has. */
const MAX_PATTERN_CHARACTERS = 100

/** Why a pattern is not valid. */
export class InvalidPattern extends Error {}

const fromCounts = (places: number): TimeFormat => {
  return (cell) => {
    if (typeof cell !== 'number' && typeof cell !== 'string') return null
    const text = String(cell).trim()
    if (text === '') return null
    return decimalInstant(/e/i.test(text) ? Number(text).toFixed(9) : text, places)
  }
}

const EXCEL_EPOCH_DAYS = 25_569
const MAX_EXCEL_DAYS = 2_958_466

/** Days since 1899-12-30, rounded to milliseconds as Excel displays them. */
const fromExcel: TimeFormat = (cell, zone) => {
  const days = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell
  if (typeof days !== 'number' || !(days >= 1 && days < MAX_EXCEL_DAYS)) return null
  const ms = Math.round((days - EXCEL_EPOCH_DAYS) * 86_400_000)
  const date = new Date(ms)
  return toInstant(
    {
      ...{ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
      ...{ hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds() },
      fraction: String(date.getUTCMilliseconds()).padStart(3, '0'),
      offset: null,
    },
    zone,
  )
}

const NAMED: Readonly<Record<string, TimeFormat>> = {
  unix: fromCounts(0),
  unix_ms: fromCounts(3),
  unix_us: fromCounts(6),
  unix_ns: fromCounts(9),
  excel: fromExcel,
}

/** Compiles `unix`, `unix_ms`, `unix_us`, `unix_ns`, `excel` or a pattern of `strptime`. Throws an `InvalidPattern`. */
export const compileTimeFormat = (text: string): TimeFormat =>
  Object.hasOwn(NAMED, text) && NAMED[text] ? NAMED[text] : compilePattern(text)

function compilePattern(pattern: string): TimeFormat {
  if (pattern.length > MAX_PATTERN_CHARACTERS) {
    throw new InvalidPattern(`must have at most ${MAX_PATTERN_CHARACTERS} characters`)
  }
  const { source, names, width } = toExpression(pattern.trim())
  checkDirectives(names)
  const expression = new RegExp(`^${source}$`, 'i')
  return (cell, zone) => {
    if (typeof cell !== 'number' && typeof cell !== 'string') return null
    const match = expression.exec(
      String(cell)
        .trim()
        .padStart(typeof cell === 'number' ? width : 0, '0'),
    )
    const civil = match && toCivil(match.groups ?? {})
    return civil && toInstant(civil, zone)
  }
}

/** `width` is the number of digits of a pattern without separators: a number has lost its leading zeros. */
function toExpression(pattern: string): { source: string; names: string[]; width: number } {
  const names: string[] = []
  let [source, width] = ['', 0]
  for (const [part, directive] of pattern.matchAll(/%(.?)|\s+|[\s\S]/gu)) {
    if (directive === undefined || directive === '%') {
      source += /^\s/.test(part) ? '\\s+' : (directive ?? part).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
      width = Number.NaN
      continue
    }
    const digits = DIRECTIVES[directive]
    if (digits === undefined) throw new InvalidPattern(`has the directive %${directive}, which is not supported`)
    if (names.includes(directive)) throw new InvalidPattern(`has %${directive} twice`)
    names.push(directive)
    source += `(?<${directive}>${digits})`
    width += WIDTHS[directive] ?? Number.NaN
  }
  return { source, names, width: Number.isNaN(width) ? 0 : width }
}

function checkDirectives(names: readonly string[]): void {
  const has = (...some: string[]): boolean => some.some((name) => names.includes(name))
  const hasDay = has('j') || (has('m', 'b', 'B') && has('d'))
  if (!has('Y', 'y') || !hasDay) throw new InvalidPattern('must have a year, a month and a day, as in %d.%m.%Y %H:%M')
  if (has('I') !== has('p')) throw new InvalidPattern('must have %I and %p together, or %H')
}

function toCivil(parts: Partial<Record<string, string>>): CivilTime | null {
  const number = (name: string, initial = 0): number => Number(parts[name] ?? initial)
  const shortYear = number('y')
  const year = parts['Y'] === undefined ? shortYear + (shortYear < 69 ? 2000 : 1900) : number('Y')
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  if (number('j') === 366 && !isLeap) return null
  // A day of the year is a day of January here, which Date.UTC carries over.
  const date = new Date(Date.UTC(2000, 0, 1))
  if (parts['j'] !== undefined) date.setUTCFullYear(year, 0, number('j'))
  const monthName = (parts['b'] ?? parts['B'])?.slice(0, 3).toLowerCase()
  const month = monthName === undefined ? number('m') : MONTHS.indexOf(monthName) + 1
  return {
    year,
    month: parts['j'] === undefined ? month : date.getUTCMonth() + 1,
    day: parts['j'] === undefined ? number('d') : date.getUTCDate(),
    hour: parts['I'] === undefined ? number('H') : to24Hours(number('I'), parts['p']?.slice(0, 1)),
    ...{ minute: number('M'), second: number('S'), fraction: parts['f'] ?? '' },
    offset: parts['z'] === undefined ? null : parseOffset(parts['z']),
  }
}

function parseOffset(text: string): number | null {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(text) ?? []
  return toOffset(sign, hours, minutes)
}
