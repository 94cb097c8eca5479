import { type Codes, scanPlainNumber, toCodes } from './fast-numbers.ts'
import { LIMITS } from './limits.ts'
import { asciiText } from './text.ts'

const [ZERO, NINE, MINUS, COMMA, CR, LF, QUOTE, HASH, BLANK] = [48, 57, 45, 44, 13, 10, 34, 35, 32]

/** Whether a cell starts with a year, as ISO 8601 times do (`2024-`). Such a cell is always text. */
function isDated(codes: Codes, start: number): boolean {
  if (codes[start + 4] !== MINUS) return false
  for (let index = start; index < start + 4; index += 1) {
    const code = codes[index] ?? 0
    if (code < ZERO || code > NINE) return false
  }
  return true
}

const endsCell = (code: number): boolean => code === COMMA || code === LF || code === CR

function findCellEnd(codes: Codes, from: number): number {
  let end = from
  while (end < codes.length && !endsCell(codes[end] ?? 0)) end += 1
  return end
}

/** Whether a cell is a text for this parser: a quote, a comment or a first blank makes it one for the full parser. */
function isPlainText(codes: Codes, start: number, end: number): boolean {
  if ((codes[start] ?? 0) <= BLANK) return false
  for (let index = start; index < end; index += 1) {
    const code = codes[index] ?? 0
    if (code === QUOTE || code === 0 || (code === HASH && index === start)) return false
  }
  return true
}

type PlainCell = number | string | null

/** The code units of the rows from `start` on, and a function for the text of a cell. */
function openRows(content: string | Uint8Array, start: number) {
  if (typeof content === 'string') {
    const rows = content.slice(start)
    return { codes: toCodes(rows), textOf: (from: number, to: number) => rows.slice(from, to) }
  }
  const codes = content.subarray(start)
  let rows: string | undefined
  return {
    codes,
    // One text for all cells: a conversion for each takes longer.
    textOf(from: number, to: number): string {
      rows ??= asciiText(codes)
      return rows.slice(from, to)
    },
  }
}

/**
 * Parses CSV that contains only plain numbers, ISO 8601 times, texts without quotes in text columns, and empty cells from
 * `start` on, column by column. Skips lines of empty cells. Null for other content, a line that is too long, or beyond a limit: the
 * full CSV parser must then parse the body. Bytes must be ASCII.
 */
export function parsePlainRows(
  content: string | Uint8Array,
  start: number,
  isText: readonly boolean[],
): PlainCell[][] | null {
  const columns = isText.length
  if (columns > LIMITS.columns) return null
  const { codes, textOf } = openRows(content, start)
  const { length } = codes
  const table = Array.from({ length: columns }, (): PlainCell[] => [])
  const maxRows = Math.min(LIMITS.rows, Math.floor(LIMITS.cells / columns))
  const hasText = isText.includes(true)
  const cell = { end: 0 }
  let rows = 0
  let column = 0
  let blanks = 0
  for (let cellStart = 0; cellStart <= length; cellStart = cell.end + 1) {
    const isTextCell = hasText && isText[column] === true
    cell.end = cellStart
    // Most cells are numbers, and are read only once.
    let value: PlainCell | undefined = isTextCell ? undefined : scanPlainNumber(codes, cellStart, cell)
    let code = cell.end < length ? (codes[cell.end] ?? 0) : LF
    if (value === undefined || !endsCell(code)) {
      cell.end = findCellEnd(codes, cell.end)
      code = cell.end < length ? (codes[cell.end] ?? 0) : LF
      const isRead = (isTextCell || isDated(codes, cellStart)) && isPlainText(codes, cellStart, cell.end)
      value = cell.end === cellStart ? null : isRead ? textOf(cellStart, cell.end) : undefined
      const isBlankLine = value === null && column === 0 && code !== COMMA
      if (isBlankLine) continue
    }
    const cells = table[column]
    if (value === undefined || !cells) return null
    cells.push(value)
    column += 1
    if (value === null) blanks += 1
    if (code === COMMA) continue
    if (blanks === column) for (; column > 0; column -= 1) table[column - 1]?.pop()
    else {
      rows += 1
      if (rows > maxRows) return null
      // Short lines are padded with null.
      for (; column < columns; column += 1) table[column]?.push(null)
    }
    column = 0
    blanks = 0
  }
  return table
}
