import { type Cell, ChangedValue, exactNumber, InexactNumber, isNumberText } from './cells.ts'
import { LIMITS } from './limits.ts'
import { placedProblem } from './placed-problem.ts'
import type { Warnings } from './warnings.ts'

/** Words that programs write for a missing value, among them those of pandas, R and Home Assistant. */
const MISSING = /^\s*(?:#?n\/a|<?na>?|n\.a\.?|\\n|[+-]?nan|null|none|nil|-+|unavailable|unknown)\s*$/i
/** Whether a text is a word for a missing value. */
export const isMissing = (text: string): boolean => text.length < 30 && MISSING.test(text)

/** How to convert the values of a column. */
export interface ColumnOptions {
  /** Whether all values are texts. */
  isText?: boolean
  /** Whether words for missing values are null. By default, they are if every other value of the column is a number. */
  isCleared?: boolean | undefined
}

/**
 * Converts one column's raw values into cells; those of a text column into texts. Throws a `Problem` with column and row for a list, an object, bytes, or
 * text that is too long or malformed. Adds a warning for each value that is stored differently from what was sent, except
 * if the caller decides about missing values.
 */
export function toCells(
  column: string,
  raw: readonly unknown[],
  warnings: Warnings,
  { isText = false, isCleared }: ColumnOptions = {},
): Cell[] {
  const cells = new Array<Cell>(raw.length)
  const convert = isText ? toTextCell : toCell
  let hasNumber = false
  let hasText = false
  for (let row = 0; row < raw.length; row += 1) {
    const cell = convert(column, raw[row], row, warnings)
    if (typeof cell === 'number') hasNumber = true
    else if (typeof cell === 'string') hasText = true
    cells[row] = cell
  }
  if (isCleared !== undefined) return isCleared ? cells.map((cell) => (isMissingCell(cell) ? null : cell)) : cells
  return hasNumber && hasText ? clearMissing(column, cells, warnings) : cells
}

const isMissingCell = (cell: Cell): cell is string => typeof cell === 'string' && isMissing(cell)

/** Stores the words for missing values as null if every other cell is a number. */
function clearMissing(column: string, cells: Cell[], warnings: Warnings): Cell[] {
  const isNumeric = cells.every((cell) => typeof cell !== 'string' || isMissing(cell) || isNumberText(cell))
  if (!isNumeric) noteTexts(column, cells, warnings)
  if (!isNumeric || cells.includes(true) || cells.includes(false)) return cells
  return cells.map((cell, row) => {
    if (!isMissingCell(cell)) return cell
    warnings.value('missing', column, row)
    return null
  })
}

/** A few texts among numbers are damaged readings, such as `0.0NaN`, or ids that belong into TEXT_COLUMNS. */
function noteTexts(column: string, cells: readonly Cell[], warnings: Warnings): void {
  const isText = (cell: Cell) => typeof cell === 'string' && !isNumberText(cell)
  const texts = cells.filter(isText).length
  if (2 * texts >= cells.filter((cell) => cell !== null).length) return
  for (const [row, cell] of cells.entries()) if (isText(cell)) warnings.value('text_in_numbers', column, row)
}

function toTextCell(column: string, value: unknown, row: number, warnings: Warnings): Cell {
  if (value instanceof ChangedValue || value instanceof InexactNumber) return checkText(column, value.text, row)
  const isPlain = typeof value === 'boolean' || typeof value === 'bigint' || Number.isFinite(value)
  return toCell(column, isPlain ? String(value) : value, row, warnings)
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
  if (value instanceof ChangedValue) {
    warnings.value(value.reason, column, row)
    return toCell(column, value.value, row, warnings)
  }
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
  index: number,
  detail: string,
  code: 'body_invalid' | 'limit_exceeded' = 'body_invalid',
) {
  const messageAt = ({ row }: { row: number }) => `Row ${row}, column "${column}": ${detail}.`
  return placedProblem(code, { row: index + 1 }, messageAt, { field: column, detail })
}
