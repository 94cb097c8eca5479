import type { ColumnValues } from '../block-text.ts'
import type { Cell, Cells } from '../cells.ts'
import type { Selection } from '../query.ts'
import { isServerColumn } from '../table.ts'
import { notateTime, type TimeNotation } from '../time-notation.ts'
import { isoTime, parseTime, rowTimes } from '../times.ts'
import type { SeriesId } from './keys.ts'
import type { StoredBlock } from './read-blocks.ts'

/** What a selection needs from a block. */
export interface BlockView {
  series: SeriesId
  block: string
  /** Selected columns that the block has, at `places` of the selection: a wide selection is mostly empty. */
  columns: readonly ColumnValues[]
  places: readonly number[]
  /** The column they are ordered by; null for stored order. */
  order: ColumnValues
  /** Whether a row is selected; null if all are. */
  isSelected: ((row: number) => boolean) | null
  /** The time of a row in UNIX milliseconds. The first call decodes the time column. */
  timeAt(row: number): number
  /** UNIX milliseconds. No row is later. */
  last: number
  /** Rows of the block, including those that are not selected. */
  rowCount: number
}

interface ViewRequest {
  selection: Selection
  /** UNIX milliseconds, inclusive; undefined for no limit. */
  from: number | undefined
  to: number | undefined
}

/** The selected columns of a block, and which rows are selected. */
export function viewBlock(series: SeriesId, block: StoredBlock, { selection, from, to }: ViewRequest): BlockView {
  const { columns, order, times } = selection
  const hasColumn = (column: string): boolean =>
    block.columns.has(column) || isServerColumn(column) || column === times?.column
  const places = columns.flatMap((column, place) => (hasColumn(column) ? [place] : []))
  const timeAt = rowTimes(block)
  // Rows of a block are in the order of their times.
  const isBeforeEnd = to === undefined || block.last <= to || timeAt(block.rows - 1) <= to
  const isInRange = isBeforeEnd && (from === undefined || timeAt(0) >= from)
  const tests = selection.tests.map(({ column, test }) => ({ test, values: columnOf(block, column, times) }))
  return {
    series,
    block: block.key,
    columns: places.map((place) => columnOf(block, columns[place] ?? '', times)),
    places,
    order: order && columnOf(block, order.column, times),
    isSelected:
      tests.length === 0 && isInRange
        ? null
        : (row) =>
            (isInRange || isBetween(timeAt(row), from, to)) &&
            tests.every(({ test, values }) => test(cellAt(values, row))),
    timeAt,
    last: block.last,
    rowCount: block.rows,
  }
}

const isBetween = (time: number, from = -Infinity, to = Infinity): boolean => time >= from && time <= to

/** A column of a block, or one that the server adds. */
export function columnOf(block: StoredBlock, column: string, times: Selection['times']): ColumnValues {
  if (column === times?.column) return effectiveTimes(block, times.notation)
  const cells = block.columns.get(column)
  if (column === 'time_upload_utc') {
    // Each imported row has its own time of receipt; the rows of an upload share one.
    return cells ? Array.from(cells, (cell) => isoTime(parseTime(cell) ?? block.receivedAt)) : isoTime(block.receivedAt)
  }
  if (column === 'matched_checksums') return block.matchedChecksums.join(',') || null
  if (column === 'failed_checksums') return block.failedChecksums.join(',') || null
  return cells ?? null
}

/** The times of a block's rows; one for all if they have only the time of receipt. */
function effectiveTimes(block: StoredBlock, notation: TimeNotation): ColumnValues {
  if (block.timeColumn === null) return notateTime(block.receivedAt, notation)
  const timeAt = rowTimes(block)
  return Array.from({ length: block.rows }, (_, row) => notateTime(timeAt(row), notation))
}

/** The values of all rows in a column. */
export const cellsOf = (column: ColumnValues, rows: number): Cells =>
  typeof column === 'object' ? (column ?? []) : new Array<Cell>(rows).fill(column)

/** The value of a row in a column. */
export const cellAt = (column: ColumnValues, row: number): Cell =>
  typeof column === 'object' ? (column?.[row] ?? null) : column

/** The values of all columns of a selection. */
export function placeColumns({ columns, places }: BlockView, count: number): readonly ColumnValues[] {
  if (places.length === count) return columns
  const placed = new Array<ColumnValues>(count).fill(null)
  places.forEach((place, index) => {
    placed[place] = columns[index] ?? null
  })
  return placed
}

/** The values of a row in the columns that its block has. */
export function blockValues({ columns }: BlockView, row: number): Cell[] {
  const values: Cell[] = []
  for (const column of columns) values.push(cellAt(column, row))
  return values
}

/** The values of a row at their places among all columns of a selection. Most blocks have all columns. */
export function placeValues(places: readonly number[], values: Cell[], columns: number): Cell[] {
  if (places.length === columns) return values
  const cells = new Array<Cell>(columns).fill(null)
  places.forEach((place, index) => {
    cells[place] = values[index] ?? null
  })
  return cells
}
