import { LIMITS } from './limits.ts'

const [ZERO, NINE, MINUS, POINT, COMMA, CR, LF, QUOTE, HASH, BLANK] = [48, 57, 45, 46, 44, 13, 10, 34, 35, 32]
/** A double holds every integer of this many digits, and dividing one rounds as parsing the decimal would. */
const MAX_DIGITS = 15
const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

/**
 * Parses a part of a text as a plain decimal of at most 15 digits (`-12.50`). Undefined for everything else, including
 * other numbers, and numbers with leading zeros, which need a warning. Several times faster than a pattern and `Number`, with the same result.
 */
export function parsePlainNumber(text: string, start: number, end: number): number | undefined {
  const isNegative = text.charCodeAt(start) === MINUS
  const first = isNegative ? start + 1 : start
  let value = 0
  let digits = 0
  let point = -1
  for (let index = first; index < end; index += 1) {
    const code = text.charCodeAt(index)
    if (code >= ZERO && code <= NINE) {
      value = value * 10 + code - ZERO
      digits += 1
    } else if (code === POINT && point < 0) point = digits
    else return undefined
  }
  if (digits === 0 || digits > MAX_DIGITS) return undefined
  if (digits > 1 && point !== 1 && text.charCodeAt(first) === ZERO) return undefined
  const magnitude = point < 0 ? value : value / (POWERS[digits - point] ?? 1)
  return isNegative && value > 0 ? -magnitude : magnitude
}

/** Whether a cell starts with a year, as ISO 8601 times do (`2024-`). Such a cell is always text. */
function isDated(text: string, start: number): boolean {
  if (text.charCodeAt(start + 4) !== MINUS) return false
  for (let index = start; index < start + 4; index += 1) {
    const code = text.charCodeAt(index)
    if (code < ZERO || code > NINE) return false
  }
  return true
}

/** A cell of a text column; undefined if a quote, a comment or a first blank makes it one for the full parser. */
function parsePlainText(text: string, start: number, end: number): string | undefined {
  if (text.charCodeAt(start) <= BLANK) return undefined
  for (let index = start; index < end; index += 1) {
    const code = text.charCodeAt(index)
    if (code === QUOTE || code === 0 || (code === HASH && index === start)) return undefined
  }
  return text.slice(start, end)
}

type PlainCell = number | string | null

/**
 * Parses CSV that contains only plain numbers, ISO 8601 times, texts without quotes in text columns, and empty cells from
 * `start` on, column by column. Skips lines of empty cells. Null for other content, a line that is too long, or beyond a limit: the
 * full CSV parser must then parse the body.
 */
export function parsePlainRows(text: string, start: number, isText: readonly boolean[]): PlainCell[][] | null {
  const columns = isText.length
  if (columns > LIMITS.columns) return null
  const table = Array.from({ length: columns }, (): PlainCell[] => [])
  const maxRows = Math.min(LIMITS.rows, Math.floor(LIMITS.cells / columns))
  let rows = 0
  let column = 0
  let cellStart = start
  let blanks = 0
  const hasText = isText.includes(true)
  for (let index = start; index <= text.length; index += 1) {
    const code = index < text.length ? text.charCodeAt(index) : LF
    if (code !== COMMA && code !== LF && code !== CR) continue
    const isBlankLine = column === 0 && index === cellStart && code !== COMMA
    if (!isBlankLine) {
      let value: PlainCell | undefined = null
      if (index === cellStart) blanks += 1
      else {
        if (!hasText || !isText[column]) value = parsePlainNumber(text, cellStart, index)
        else value = parsePlainText(text, cellStart, index)
        if (value === undefined && isDated(text, cellStart)) value = parsePlainText(text, cellStart, index)
      }
      const cells = table[column]
      if (value === undefined || !cells) return null
      cells.push(value)
      column += 1
    }
    cellStart = index + 1
    if (code === COMMA) continue
    if (column === 0) continue
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
