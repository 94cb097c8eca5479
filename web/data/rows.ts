import '../parts/no-eval.ts'
import * as z from 'zod/mini'
import { isoTime, parseTime } from '../../lib/measurements/times.ts'

/** A row as it was downloaded, and when it was measured, in UNIX milliseconds. */
export interface Row {
  time: number
  cells: Readonly<Record<string, unknown>>
}

/** Where the server looks for a row's time unless it is told otherwise; when it was received where there is none. */
export const TIME_COLUMNS: readonly string[] = ['time', 'time_utc', 'timestamp']
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
  const own = TIME_COLUMNS.map((column) => cells[column]).find((cell) => cell != null)
  return timeIn(own) ?? timeIn(cells[RECEIPT_COLUMN]) ?? 0
}

const timeIn = (cell: unknown): number | null =>
  typeof cell === 'number' || typeof cell === 'string' ? parseTime(cell) : null

/** A cell as a plot shows it: numbers, also those that are kept as texts, and what is on or off. */
function numberIn(cell: unknown): number | null {
  if (typeof cell === 'number') return cell
  if (typeof cell === 'boolean') return Number(cell)
  const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : Number.NaN
  return Number.isFinite(value) ? value : null
}

/** The values of a column; null where a row has no number in it. */
export const columnValues = (rows: readonly Row[], column: string): (number | null)[] =>
  rows.map(({ cells }) => numberIn(cells[column]))

export interface Summary {
  count: number
  least: number
  mean: number
  most: number
  last: number
}

/** What a column is like; null when it holds no number. */
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
 * Columns that are plotted over one another: those of one unit, where their names have the form type_quantity_unit;
 * any other has a plot of its own.
 */
export function groupsOf(columns: readonly string[]): string[][] {
  const groups = Map.groupBy(columns, (column) => /^[^_]+_[^_]+_(.+)$/.exec(column)?.[1] ?? ` ${column}`)
  return [...groups.values()]
}

/** A number as it is shown: seven digits are more than a sensor has. */
export const formatNumber = (value: number): string => String(Number(value.toPrecision(7)))

/** A number of things as it is shown. */
export const formatCount = (count: number): string => count.toLocaleString('en')

/** A moment as it is shown, in UTC. */
export const formatTime = (ms: number): string =>
  isoTime(ms)
    .replace('T', ' ')
    .replace(/(?:\.000)?Z$/, '')
