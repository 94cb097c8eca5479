import { type Cell, compareDecimals, exactNumber, isNumberText } from './cells.ts'
import { parseIso, parseTime } from './times.ts'

/** Whether a cell satisfies a bound. */
export type CellTest = (cell: Cell) => boolean

/** Booleans as numbers. CSV and forms send them as texts, Python with a capital. */
const BOOLEANS = new Map<Cell, number>([true, 'true', 'True', 'TRUE'].map((cell) => [cell, 1] as const))
for (const cell of [false, 'false', 'False', 'FALSE']) BOOLEANS.set(cell, 0)

/**
 * Makes the test for `min_<col>` or `max_<col>`, both inclusive. Times compare as times, numbers as numbers, booleans as
 * 0 and 1, and the rest as text. A cell that cannot be compared with the bound, such as null, does not pass. Returns null
 * for an invalid bound, which only a column of times can have.
 */
export function makeBoundTest(bound: string, side: 'min' | 'max', isTime: boolean): CellTest | null {
  const passes = (order: number): boolean => (side === 'min' ? order >= 0 : order <= 0)
  if (isTime) {
    const time = parseTime(bound)
    return time === null ? null : (cell) => passesTime(parseTime(cell), time, passes)
  }
  const number = BOOLEANS.get(bound) ?? (isNumberText(bound) ? bound : null)
  const matchesText = typeof number !== 'string'
  if (number !== null) {
    return (cell) => {
      const value = BOOLEANS.get(cell) ?? cell
      if (isNumeric(value)) return passes(compareNumbers(value, number))
      return matchesText && typeof cell === 'string' && passes(compareText(cell, bound))
    }
  }
  const iso = parseIso(bound)
  if (iso !== null) return (cell) => passesTime(typeof cell === 'string' ? parseIso(cell) : null, iso, passes)
  return (cell) => (typeof cell === 'string' || typeof cell === 'boolean') && passes(compareText(String(cell), bound))
}

const passesTime = (time: number | null, bound: number, passes: (order: number) => boolean): boolean =>
  time !== null && passes(time - bound)

/** Numbers, and numbers stored as text because a double does not hold all their digits. */
const isNumeric = (cell: Cell): cell is number | string =>
  typeof cell === 'number' || (typeof cell === 'string' && isNumberText(cell))

function compareNumbers(a: number | string, b: number | string): number {
  const [left, right] = [parseNumber(a), parseNumber(b)]
  return typeof left === 'number' && typeof right === 'number'
    ? left - right
    : compareDecimals(String(left), String(right))
}

const parseNumber = (value: number | string): number | string => {
  const number = typeof value === 'string' ? exactNumber(value) : value
  return typeof number === 'number' ? number : number.text
}

/** Order of two texts by their UTF-16 units. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Sort order of the kinds of cells: times, numbers, text, booleans. */
function rankOfKind(cell: Cell, isTime: boolean): number {
  if (isTime && parseTime(cell) !== null) return 0
  if (isNumeric(cell)) return 1
  return typeof cell === 'string' ? 2 : 3
}

/** Order of two cells of a column; null cells are last in both directions. */
export function compareCells(a: Cell, b: Cell, isTime: boolean, descending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  const order = rankOfKind(a, isTime) - rankOfKind(b, isTime) || compareSameKind(a, b, isTime)
  return descending ? -order : order
}

function compareSameKind(a: number | string | boolean, b: number | string | boolean, isTime: boolean): number {
  if (isTime) {
    const [timeA, timeB] = [parseTime(a), parseTime(b)]
    if (timeA !== null && timeB !== null) return timeA - timeB
  }
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b)
  return compareText(String(a), String(b))
}
