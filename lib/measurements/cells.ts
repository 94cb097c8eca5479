import { Problem } from '../core/problem.ts'
import { parsePlainNumber } from './fast-numbers.ts'
import { LIMITS } from './limits.ts'
import type { Warnings } from './warnings.ts'

/** One measured value as Latchkey keeps it. Numbers are finite and never negative zero; text is well-formed Unicode. */
export type Cell = number | string | boolean | null

/** A number whose digits a double cannot hold, on its way from a parser to a text cell. */
export class InexactNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i
/** Characters of a number; what is longer is compared and sorted as the text that it is kept as. */
const LONGEST_NUMBER = 400
const NOT_FINITE = /^\s*[+-]?(?:nan|inf|infinity)\s*$/i

/** Whether a text reads as a number; blanks around it are forgiven, as co2logserver forgives them. */
export const isNumberText = (text: string): boolean => text.length <= LONGEST_NUMBER && NUMBER.test(text)

/** Longest number that is worth checking digit by digit: past it, no double can hold every digit of a real reading. */
const MOST_DIGITS = 100

interface Decimal {
  digits: string
  magnitude: number
}

/** The digits of a decimal without sign, point and padding zeros, and the power of ten that the first of them has. */
function significant(decimal: string): Decimal {
  const [mantissa = '', exponent = '0'] = decimal.trim().replace(/^[+-]/, '').toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const padded = whole + fraction
  const digits = padded.replace(/^0+/, '')
  const magnitude = digits === '' ? 0 : Number(exponent) + whole.length - (padded.length - digits.length)
  let end = digits.length
  while (digits[end - 1] === '0') end -= 1
  return { digits: digits.slice(0, end), magnitude }
}

/**
 * The number that a decimal text stands for, or an `InexactNumber` when a double does not hold every digit of it, as
 * with `9007199254740993` or `1e400` (RFC 7493 section 2.2). A digit is held when the double shows it again, printed
 * to the same length; so `23.100000381469726562`, from a device that prints many places, stays a number.
 */
export function exactNumber(decimal: string): number | InexactNumber {
  const value = Number(decimal)
  // Any 15 digits survive the way through a double and back, unless an exponent carries them to the ends of its range.
  if (decimal.length <= 15 && Math.abs(value) > 1e-300 && Math.abs(value) < 1e300) return value
  if (decimal.length > LONGEST_NUMBER) return new InexactNumber(decimal.trim())
  const sent = significant(decimal)
  if (sent.digits === '') return 0
  if (!Number.isFinite(value) || sent.digits.length > MOST_DIGITS) return new InexactNumber(decimal.trim())
  return holds(value, sent) ? value : new InexactNumber(decimal.trim())
}

/** Whether a double, printed to as many digits, shows these. Halfway between two texts, either is right. */
function holds(value: number, sent: Decimal): boolean {
  const length = sent.digits.length
  // An integer goes out again as JavaScript prints it, so the digits of that count.
  if (length <= sent.magnitude) return isSame(significant(String(value)), sent)
  const kept = significant(value.toPrecision(length))
  if (isSame(kept, sent)) return true
  const all = significant(value.toPrecision(MOST_DIGITS))
  const isHalfway = all.digits.length === length + 1 && all.digits.endsWith('5')
  return isHalfway && all.magnitude === sent.magnitude && all.digits.startsWith(sent.digits)
}

const isSame = (a: Decimal, b: Decimal): boolean => a.magnitude === b.magnitude && a.digits === b.digits

/** Order of two decimal texts, digit by digit. */
export function compareDecimals(a: string, b: string): number {
  const [left, right] = [significant(a), significant(b)]
  const [signA, signB] = [signOf(a, left), signOf(b, right)]
  if (signA !== signB || signA === 0) return signA - signB
  if (left.magnitude !== right.magnitude) return left.magnitude < right.magnitude ? -signA : signA
  return left.digits === right.digits ? 0 : left.digits < right.digits ? -signA : signA
}

const signOf = (text: string, { digits }: Decimal): number => (digits === '' ? 0 : text.trim().startsWith('-') ? -1 : 1)

/** What a cell of CSV or a form stands for, before checks: nothing where it is empty, a number where it reads as one. */
export function parseCellText(text: string): unknown {
  if (text === '') return null
  const plain = parsePlainNumber(text, 0, text.length)
  if (plain !== undefined) return plain
  if (NUMBER.test(text)) return exactNumber(text)
  return NOT_FINITE.test(text) ? Number.NaN : text
}

/**
 * Turns one column's raw values into cells. Rejects what no cell can be (a list, an object, bytes, over-long or broken
 * text), naming column and row; notes in `warnings` what is kept otherwise than sent.
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
  if (typeof value === 'string') return checkedText(column, value, row)
  if (typeof value === 'bigint') return toCell(column, exactNumber(value.toString()), row, warnings)
  if (value instanceof InexactNumber) {
    warnings.value('inexact', column, row)
    return checkedText(column, value.text, row)
  }
  throw refusal(column, row, 'a value must be a number, a text, true, false or null')
}

function checkedText(column: string, text: string, row: number): string {
  // A character has at most three bytes for each UTF-16 unit, so short texts need no counting.
  if (text.length * 3 > LIMITS.textBytes && Buffer.byteLength(text) > LIMITS.textBytes) {
    throw refusal(column, row, `a text may have at most ${LIMITS.textBytes} bytes`, 'limit_exceeded')
  }
  if (!text.isWellFormed()) throw refusal(column, row, 'the text holds half a character (a lone surrogate)')
  return text
}

function refusal(
  column: string,
  row: number,
  detail: string,
  code: 'body_invalid' | 'limit_exceeded' = 'body_invalid',
) {
  const at = { field: column, row: row + 1 }
  return new Problem(code, `Row ${row + 1}, column "${column}": ${detail}.`, { issues: [{ ...at, detail }] })
}
