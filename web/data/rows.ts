import '../parts/no-eval.ts'
import * as z from 'zod/mini'
import { DEFAULT_TIME_COLUMNS, splitTimeColumns } from '../../lib/core/time-columns.ts'
import { isoTime, parseTime } from '../../lib/measurements/times.ts'

/** A downloaded row; `time` is when it was measured, in UNIX milliseconds. */
export interface Row {
  time: number
  cells: Readonly<Record<string, unknown>>
}

/** Default time columns of the server; rows without a time have the time of receipt. */
export const TIME_COLUMNS = DEFAULT_TIME_COLUMNS
const { certain, likely } = splitTimeColumns(DEFAULT_TIME_COLUMNS)
export const CERTAIN_TIME_COLUMNS = certain
const YEAR_2000 = Date.UTC(2000, 0)
export const RECEIPT_COLUMN = 'time_upload_utc'

const line = z.record(z.string(), z.unknown())

/** The rows of a page of NDJSON. */
export const readRows = (ndjson: string): Row[] =>
  ndjson
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => {
      const cells = line.parse(JSON.parse(text))
      return { time: timeOf(cells), cells }
    })

function timeOf(cells: Row['cells']): number {
  const measured = certain.map((column) => cells[column]).find((cell) => cell != null)
  return timeIn(measured) ?? likelyTime(cells) ?? timeIn(cells[RECEIPT_COLUMN]) ?? 0
}

/** The time in a column that may hold something else. */
function likelyTime(cells: Row['cells']): number | null {
  for (const column of likely) {
    const time = timeIn(cells[column])
    if (time !== null && time >= YEAR_2000) return time
  }
  return null
}

const timeIn = (cell: unknown): number | null =>
  typeof cell === 'number' || typeof cell === 'string' ? parseTime(cell) : null

/** A cell as a number: numeric texts become numbers, booleans as 0 and 1. */
function numberIn(cell: unknown): number | null {
  if (typeof cell === 'number') return cell
  if (typeof cell === 'boolean') return Number(cell)
  const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : Number.NaN
  return Number.isFinite(value) ? value : null
}

/** The values of a column; null for cells that are not numbers. */
export const columnValues = (rows: readonly Row[], column: string): (number | null)[] =>
  rows.map(({ cells }) => numberIn(cells[column]))

export interface Summary {
  count: number
  least: number
  mean: number
  most: number
  last: number
}

/** Statistics of a column; null if it has no numbers. */
export function summaryOf(values: readonly (number | null)[]): Summary | null {
  let [count, sum, least, most, last] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (const value of values) {
    if (value === null) continue
    count += 1
    sum += value
    least = Math.min(least, value)
    most = Math.max(most, value)
    last = value
  }
  return count === 0 ? null : { count, least, mean: sum / count, most, last }
}

/**
 * Groups columns for one plot each: columns with names such as type_quantity_unit are grouped by unit, any other column
 * is alone.
 */
export function groupsOf(columns: readonly string[]): string[][] {
  const groups = Map.groupBy(columns, (column) => /^[^_]+_[^_]+_(.+)$/.exec(column)?.[1] ?? ` ${column}`)
  return [...groups.values()]
}

/** Formats a number with seven digits, more than sensors have. */
export const formatNumber = (value: number): string => String(Number(value.toPrecision(7)))

/** Formats a count with thousands separators. */
export const formatCount = (count: number): string => count.toLocaleString('en')

/** Formats a time in UTC. */
export const formatTime = (ms: number): string =>
  isoTime(ms)
    .replace('T', ' ')
    .replace(/(?:\.000)?Z$/, '')
