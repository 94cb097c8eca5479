import { parsePlainNumber } from './fast-numbers.ts'
import type { ValueWarningKind } from './warnings.ts'

/** One stored value. Numbers are finite and never negative zero; text is well-formed Unicode. */
export type Cell = number | string | boolean | null

/** The cells of a column. One that contains only numbers may be an array of doubles, which is read faster. */
export type Cells = readonly Cell[] | Float64Array

/** A number with more digits than a double holds. Parsers return it, and it is stored as text. */
export class InexactNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A value that is stored differently from its text, with the reason for the warning. A text column stores the text. */
export class ChangedValue {
  readonly text: string
  readonly value: unknown
  readonly reason: ValueWarningKind
  constructor(text: string, value: unknown, reason: ValueWarningKind) {
    this.text = text
    this.value = value
    this.reason = reason
  }
}

const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i
/** Longer numbers are stored, compared and sorted as text. */
const MAX_NUMBER_CHARACTERS = 400
/** A number does not show a plus sign, leading zeros, or the exponent of an id such as `73928e05`. */
const LOST_SPELLING = /^\s*(?:\+|-?0\d|\d+e\d)/i
/** Microsoft's C library writes `1.#QNAN`, `-1.#IND` and `-nan(ind)`. */
const NOT_FINITE = /^\s*[+-]?(?:nan(?:\(\w*\))?|inf|infinity|1\.#(?:[qs]nan|ind|inf)0*)\s*$/i

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

/**
 * Value of a CSV or form cell, before checks: null if empty, a number if numeric (NaN if not finite), else the text. A
 * number that loses its spelling is a `ChangedValue`.
 */
export function parseCellText(text: string): unknown {
  if (text === '') return null
  const plain = parsePlainNumber(text)
  if (plain !== undefined) return plain
  if (NUMBER.test(text)) {
    const number = exactNumber(text)
    return typeof number === 'number' && LOST_SPELLING.test(text) ? new ChangedValue(text, number, 'spelling') : number
  }
  return NOT_FINITE.test(text) ? Number.NaN : text
}
