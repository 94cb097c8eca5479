import { Problem } from '../core/problem.ts'
import { parsePlainNumber } from './fast-numbers.ts'
import { LIMITS } from './limits.ts'
import type { Warnings } from './warnings.ts'

/** One stored value. Numbers are finite and never negative zero; text is well-formed Unicode. */
export type Cell = number | string | boolean | null

/** A number with more digits than a double holds. Parsers return it, and it is stored as text. */
export class InexactNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i
/** Longer numbers are stored, compared and sorted as text. */
const MAX_NUMBER_CHARACTERS = 400
const NOT_FINITE = /^\s*[+-]?(?:nan|inf|infinity)\s*$/i

/** Whether a text is a number. Blanks around it are allowed, as in co2logserver. */
export const isNumberText = (text: string): boolean => text.length <= MAX_NUMBER_CHARACTERS && NUMBER.test(text)

/** Most significant digits that are compared: no double holds every digit of a longer reading. */
const MAX_DIGITS = 100

interface Decimal {
  /** Without sign, point and padding zeros. */
  digits: string
  /** Position of the decimal point relative to the first digit. */
  magnitude: number
}

function parseDecimal(text: string): Decimal {
  const [mantissa = '', exponent = '0'] = text.trim().replace(/^[+-]/, '').toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const padded = whole + fraction
  const digits = padded.replace(/^0+/, '')
  const magnitude = digits === '' ? 0 : Number(exponent) + whole.length - (padded.length - digits.length)
  let end = digits.length
  while (digits[end - 1] === '0') end -= 1
  return { digits: digits.slice(0, end), magnitude }
}

/**
 * Converts a decimal text to a number, or to an `InexactNumber` if a double does not hold every digit (RFC 7493 section
 * 2.2). Examples are `9007199254740993` and `1e400`. A digit is held if the double, printed to the same length, shows
 * it. So `23.100000381469726562`, from a device that prints many places, stays a number.
 */
export function exactNumber(text: string): number | InexactNumber {
  const value = Number(text)
  // Any 15 digits survive conversion to a double and back, except near the ends of its range.
  if (text.length <= 15 && Math.abs(value) > 1e-300 && Math.abs(value) < 1e300) return value
  if (text.length > MAX_NUMBER_CHARACTERS) return new InexactNumber(text.trim())
  const decimal = parseDecimal(text)
  if (decimal.digits === '') return 0
  if (!Number.isFinite(value) || decimal.digits.length > MAX_DIGITS) return new InexactNumber(text.trim())
  return hasDigits(value, decimal) ? value : new InexactNumber(text.trim())
}

/** Whether a double, printed to the same length, shows the same digits. Halfway between two texts, both are valid. */
function hasDigits(value: number, decimal: Decimal): boolean {
  const length = decimal.digits.length
  // Integers are returned as JavaScript prints them, so those digits are compared.
  if (length <= decimal.magnitude) return isSame(parseDecimal(String(value)), decimal)
  const printed = parseDecimal(value.toPrecision(length))
  if (isSame(printed, decimal)) return true
  const longest = parseDecimal(value.toPrecision(MAX_DIGITS))
  const isHalfway = longest.digits.length === length + 1 && longest.digits.endsWith('5')
  return isHalfway && longest.magnitude === decimal.magnitude && longest.digits.startsWith(decimal.digits)
}

const isSame = (a: Decimal, b: Decimal): boolean => a.magnitude === b.magnitude && a.digits === b.digits

/** Order of two decimal texts, digit by digit. */
export function compareDecimals(a: string, b: string): number {
  const [left, right] = [parseDecimal(a), parseDecimal(b)]
  const [signA, signB] = [signOf(a, left), signOf(b, right)]
  if (signA !== signB || signA === 0) return signA - signB
  if (left.magnitude !== right.magnitude) return left.magnitude < right.magnitude ? -signA : signA
  return left.digits === right.digits ? 0 : left.digits < right.digits ? -signA : signA
}

const signOf = (text: string, { digits }: Decimal): number => (digits === '' ? 0 : text.trim().startsWith('-') ? -1 : 1)

/** Value of a CSV or form cell, before checks: null if empty, a number if numeric (NaN if not finite), else the text. */
export function parseCellText(text: string): unknown {
  if (text === '') return null
  const plain = parsePlainNumber(text, 0, text.length)
  if (plain !== undefined) return plain
  if (NUMBER.test(text)) return exactNumber(text)
  return NOT_FINITE.test(text) ? Number.NaN : text
}

/**
 * Converts one column's raw values into cells. Throws a `Problem` with column and row for a list, an object, bytes, or
 * text that is too long or malformed. Adds a warning for each value that is stored differently from what was sent.
 */
export function toCells(column: string, raw: readonly unknown[], warnings: Warnings): Cell[] {
  const cells = new Array<Cell>(raw.length)
  for (let row = 0; row < raw.length; row += 1) cells[row] = toCell(column, raw[row], row, warnings)
  return cells
}

function toCell(column: string, value: unknown, row: number, warnings: Warnings): Cell {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value === 0 ? 0 : value
    warnings.value('not_finite', column, row)
    return null
  }
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return checkText(column, value, row)
  if (typeof value === 'bigint') return toCell(column, exactNumber(value.toString()), row, warnings)
  if (value instanceof InexactNumber) {
    warnings.value('inexact', column, row)
    return checkText(column, value.text, row)
  }
  throw cellProblem(column, row, 'a value must be a number, a text, true, false or null')
}

function checkText(column: string, text: string, row: number): string {
  // A UTF-16 unit has at most three bytes in UTF-8, so bytes of short texts need not be counted.
  if (text.length * 3 > LIMITS.textBytes && Buffer.byteLength(text) > LIMITS.textBytes) {
    throw cellProblem(column, row, `a text may have at most ${LIMITS.textBytes} bytes`, 'limit_exceeded')
  }
  if (!text.isWellFormed()) throw cellProblem(column, row, 'the text contains half a character (a lone surrogate)')
  return text
}

function cellProblem(
  column: string,
  row: number,
  detail: string,
  code: 'body_invalid' | 'limit_exceeded' = 'body_invalid',
) {
  const place = { field: column, row: row + 1 }
  return new Problem(code, `Row ${row + 1}, column "${column}": ${detail}.`, { issues: [{ ...place, detail }] })
}
