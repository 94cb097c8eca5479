import { ChangedValue, parseCellText } from './cells.ts'
import type { CsvOptions } from './csv-options.ts'

const DECIMAL_COMMA = /^\s*[+-]?\d*,\d+(?:e[+-]?\d+)?\s*$/i
/** `1,234` is 1234 in one country and 1.234 in another. */
const AMBIGUOUS = /^\s*[+-]?[1-9]\d{0,2},\d{3}\s*$/
const GROUPED =
  /^\s*[+-]?\d{1,3}(?:([.,' \u00a0\u202f])\d{3}(?:\1\d{3})*(?!\1)[.,]\d+|(?:,\d{3}){2,}|(?:\.\d{3}){2})\s*$/
const NINE = 57
const NO_BREAK_SPACE = 160
const STARTS_NUMERIC = /^\s*[+\-\d,]/
const POINT_GROUP = /^\s*[+-]?[1-9]\d{0,2}\.\d{3}\s*$/

/**
 * Makes the function that converts a cell. Where the separator is a comma, a cell with a decimal comma was in quotes.
 * There, `1,234` may be a number with a group of thousands, so it comes with a warning.
 */
export function makeCellReader({ decimal }: CsvOptions, delimiter: string): (text: string) => unknown {
  const isAmbiguous = (text: string) => delimiter === ',' && decimal === undefined && AMBIGUOUS.test(text)
  const isDeclared = decimal === 'comma'
  return (text) => {
    if (isDeclared && POINT_GROUP.test(text)) return new ChangedValue(text, text, 'grouped_digits')
    const value = parseCellText(text)
    // Most texts start with a letter, and a comparison is faster than the pattern.
    if (typeof value !== 'string') return value
    const first = value.charCodeAt(0)
    if ((first > NINE && first !== NO_BREAK_SPACE) || !STARTS_NUMERIC.test(value)) return value
    if (decimal !== 'point' && DECIMAL_COMMA.test(text)) {
      const number = parseCellText(text.replace(',', '.'))
      return isAmbiguous(text) ? new ChangedValue(text, number, 'decimal_comma') : number
    }
    return GROUPED.test(text) ? new ChangedValue(text, text, 'grouped_digits') : value
  }
}
