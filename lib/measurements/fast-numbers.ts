import { LIMITS } from './limits.ts'

const [ZERO, NINE, MINUS, POINT, COMMA, CR, LF] = [48, 57, 45, 46, 44, 13, 10]
/** As many digits are an integer that a double holds, and a division of it rounds as reading the decimal would. */
const DIGITS = 15
const POWERS = Array.from({ length: DIGITS + 1 }, (_, exponent) => 10 ** exponent)

/**
 * The number that a part of a text is, where it is a plain decimal of at most 15 digits (`-12.50`); undefined for
 * everything else, which may be a number still. Several times faster than a pattern and `Number`, with the same result.
 */
export function parsePlainNumber(text: string, start: number, end: number): number | undefined {
  const isNegative = text.charCodeAt(start) === MINUS
  let value = 0
  let digits = 0
  let point = -1
  for (let index = isNegative ? start + 1 : start; index < end; index += 1) {
    const code = text.charCodeAt(index)
    if (code >= ZERO && code <= NINE) {
      value = value * 10 + code - ZERO
      digits += 1
    } else if (code === POINT && point < 0) point = digits
    else return undefined
  }
  if (digits === 0 || digits > DIGITS) return undefined
  const magnitude = point < 0 ? value : value / (POWERS[digits - point] ?? 1)
  return isNegative && value > 0 ? -magnitude : magnitude
}

/**
 * The rows of a CSV body that holds nothing but plain numbers and empty cells from `start` on, column by column; null
 * when it holds anything else, has a line that is too long or goes beyond a limit: then the parser for all CSV has to
 * look at it.
 */
export function parsePlainRows(text: string, start: number, columns: number): (number | null)[][] | null {
  if (columns > LIMITS.columns) return null
  const all = Array.from({ length: columns }, (): (number | null)[] => [])
  const mostRows = Math.min(LIMITS.rows, Math.floor(LIMITS.cells / columns))
  let rows = 0
  let column = 0
  let from = start
  for (let index = start; index <= text.length; index += 1) {
    const code = index < text.length ? text.charCodeAt(index) : LF
    if (code !== COMMA && code !== LF && code !== CR) continue
    const isBlankLine = column === 0 && index === from && code !== COMMA
    if (!isBlankLine) {
      const value = index === from ? null : parsePlainNumber(text, from, index)
      const cells = all[column]
      if (value === undefined || !cells) return null
      cells.push(value)
      column += 1
    }
    from = index + 1
    if (code === COMMA) continue
    if (column === 0) continue
    rows += 1
    if (rows > mostRows) return null
    // A short line is padded with nothing.
    for (; column < columns; column += 1) all[column]?.push(null)
    column = 0
  }
  return all
}
