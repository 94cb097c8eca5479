import type { Cell } from './cells.ts'
import { type Instant, toIso, toMs } from './instant.ts'
import type { DataTable } from './table.ts'
import { findTimeColumn, isClock, listNames, offsetInName, timeColumnFacts, YEAR_2000 } from './time-column.ts'
import { makeTimeReader, type TimeOptions, type TimeReader } from './time-options.ts'
import { isAmbiguous } from './times.ts'
import type { Warnings } from './warnings.ts'

const DAY_MS = 86_400_000
/** Smaller numbers are counters or examples, such as the 43 of co2logserver. They have no warning. */
const MIN_CHECKED = 1_000

export interface RowTimes {
  /** The column with the times; null if the time of receipt applies to all rows. */
  column: string | null
  /** UNIX milliseconds. */
  ms: Float64Array
  isReadable: Uint8Array
}

export interface TimeContext {
  /** The setting TIME_COLUMNS. */
  timeColumns: readonly string[]
  timeOptions?: TimeOptions
  /** Reads the cells instead of `timeOptions`. */
  read?: TimeReader
  /** UNIX milliseconds. */
  receivedAt: number
  /** The column that the whole of a file has decided, for a part of it. Warnings about the whole are left to the caller. */
  timeColumn?: string | null | undefined
}

/**
 * Reads the times of the rows. Cells that could not be read back as the same times without the options become ISO text in
 * the table. Adds warnings for rows without a time, or with one that cannot be right.
 */
export function readRowTimes(table: DataTable, context: TimeContext, warnings: Warnings): RowTimes {
  const { receivedAt, timeOptions = {} } = context
  const ms = new Float64Array(table.rows).fill(receivedAt)
  const isReadable = new Uint8Array(table.rows)
  const isPart = context.timeColumn !== undefined
  const column = isPart ? (context.timeColumn ?? null) : chooseColumn(table, context)
  if (column === null) {
    if (!isPart) noteMissing(table.columns.keys(), table.rows, warnings)
    return { column, ms, isReadable }
  }
  const cells = table.columns.get(column) ?? new Array<Cell>(table.rows).fill(null)

  const zone = timeOptions.tz ?? offsetInName(column)
  const read =
    context.read ?? makeCellReader(table, column, { ...timeOptions, ...(zone !== undefined && { tz: zone }) })
  const latest = receivedAt + DAY_MS
  let stored: Cell[] | undefined
  // An index is faster than an iterator for 100,000 rows.
  for (let row = 0; row < cells.length; row += 1) {
    const cell = cells[row] ?? null
    const time = read(cell, row)
    if (time === null) {
      const date = isClock(cell) ? (table.columns.get('date')?.[row] ?? null) : cell
      const isUndeclared = !timeOptions.time_format && isAmbiguous(date)
      warnings.value(isUndeclared ? 'time_ambiguous' : 'time_unreadable', column, row)
      continue
    }
    const rowMs = typeof time === 'number' ? time : toMs(time)
    ms[row] = rowMs
    isReadable[row] = 1
    if (rowMs < YEAR_2000 && !(typeof cell === 'number' && Math.abs(cell) < MIN_CHECKED)) {
      warnings.value('time_early', column, row)
    } else if (rowMs > latest) warnings.value('time_late', column, row)
    if (typeof time === 'number') continue
    stored ??= [...cells]
    stored[row] = toIso(time)
  }
  if (stored) table.columns.set(column, stored)
  // A time has no spelling to lose, and its notation may vary.
  warnings.withdraw('spelling', column)
  warnings.withdraw('text_in_numbers', column)
  // A nanosecond that a double does not hold keeps its digits as ISO text.
  if (!isPart && !isReadable.includes(0)) warnings.withdraw('inexact', column)
  return { column, ms, isReadable }
}

const chooseColumn = ({ columns }: DataTable, { timeColumns, timeOptions = {} }: TimeContext): string | null =>
  findTimeColumn(timeColumnFacts(columns, makeTimeReader(timeOptions)), timeColumns, timeOptions.time_column)

/** Adds a warning for rows without a time column. */
export function noteMissing(columns: Iterable<string>, rows: number, warnings: Warnings): void {
  const sentence =
    `no column is known to hold times (${listNames(columns)}), so every row has the time of receipt: ` +
    'name the column with time_column'
  if (rows > 0) warnings.note('no_time_column', sentence, rows)
}

/** Reads the cells of a column. A clock time is read with the date in the column `date`. */
function makeCellReader(
  { columns }: DataTable,
  column: string,
  options: TimeOptions,
): (cell: Cell, row: number) => ReturnType<TimeReader> {
  const read = makeTimeReader(options)
  const dates = column === 'date' ? undefined : columns.get('date')
  if (!dates || !columns.get(column)?.some(isClock)) return read
  const readJoined = makeTimeReader({ ...options, tz: options.tz ?? 'UTC' })
  return (cell, row): number | Instant | null =>
    isClock(cell) ? readJoined(`${dateText(dates[row] ?? '')} ${String(cell).trim()}`) : read(cell)
}

/** The text of a date. Spreadsheets add midnight to dates, and a number has no separators. */
const dateText = (date: string | number | boolean): string =>
  String(date)
    .trim()
    .replace(/[T ]0{1,2}:00(?::00(?:\.0+)?)?Z?$/, '')
    .replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3')
