import { isNumberText } from './cells.ts'

const DECIMAL_COMMA = /^\s*[+-]?\d*,\d+\s*$/
/** Dates in common orders, times of day, and digits with an offset: `2024-02-01`, `1/2/24`, `13:00`, `20240201T130000Z`. */
const TIME = /^\s*(?:\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?!\d)|\d{1,2}:\d\d(?!\d)|\d{8}T\d{4})/
/** UNIX seconds of 2001 and later. A column is never called so. */
const EPOCH = 1e9

export const isTimeText = (text: string): boolean => TIME.test(text)
export const isNumeric = (text: string): boolean => isNumberText(text) || DECIMAL_COMMA.test(text)
export const isValue = (text: string): boolean => isNumeric(text) || isTimeText(text)
export const isBlank = (text: string): boolean => text.trim() === ''

/**
 * Whether a first line has values instead of names. Channels may have numbers as names (`time,1,2`). So a number is a
 * value only as the first cell, or with a text that the next line repeats.
 */
export function holdsValues(names: readonly string[], next: readonly string[] = []): boolean {
  const first = names.find((name) => !isBlank(name))
  if (first === undefined || !names.some(isValue)) return false
  if (isValue(first) || names.some((name) => isTimeText(name) || Number(name) >= EPOCH)) return true
  return names.some((name, index) => !isBlank(name) && !isValue(name) && name === next[index])
}

const UNIT =
  /^[[(]?(?:[\u00b0%\u2030]|deg|(?:[km\u00b5unMG]?(?:[VAWmsgLlJN]|Pa|Hz|Wh|Ohm|mol|bar)|[CFK]|pp[mb]|hPa|[Vv]olts?|[Aa]mps?|[Cc]elsius|[Pp]ercent|lux|lx|dBA?|\u00b5?g\/|mm?\/|W\/|min|h|TS|RN|cm|inHg|psi|NTU|pH)(?:[\d\u00b2\u00b3/*^).\]]|$))/
/** Longer than the units that loggers write. */
const MAX_UNIT_CHARACTERS = 24

/**
 * Whether the line below the names has units. Values are below it, and at least half of its texts are units. Single
 * letters are units only if there are two or more.
 */
export function isUnitLine(line: readonly string[], next: readonly string[]): boolean {
  const texts = line.map((cell) => cell.trim()).filter((cell) => cell !== '')
  if (texts.some((text) => isValue(text) || text.length > MAX_UNIT_CHARACTERS)) return false
  const units = texts.filter((text) => UNIT.test(text))
  const isLikely = units.some((unit) => !/^[a-zA-Z]$/.test(unit)) ? 2 * units.length >= texts.length : units.length > 1
  if (!isLikely || !next.some(isValue)) return false
  return line.every((cell, index) => isBlank(cell) || isBlankOrValue(next[index] ?? ''))
}

const isBlankOrValue = (text: string): boolean => isBlank(text) || isValue(text)
