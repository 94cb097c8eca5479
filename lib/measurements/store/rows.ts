import type { DataOwner } from '../../core/caller.ts'
import type { Cell } from '../cells.ts'
import type { Cursor, Selection } from '../query.ts'
import { isServerColumn } from '../table.ts'
import { notateTime, type TimeNotation } from '../time-notation.ts'
import { isoTime, parseTime, rowTime } from '../times.ts'
import { readBlocks, type StoredBlock } from './blocks.ts'
import { type SeriesId, toSeriesId } from './keys.ts'
import type { Series } from './series.ts'

/** Maximum cost of one call, in rows. A block costs its rows and one more. */
const MAX_COST = 500_000
/** Cost of a query, in rows. */
const QUERY_COST = 50

export interface RowsRequest extends DataOwner {
  /** Series from one on, in the order of the response. */
  series(from: SeriesId | undefined): AsyncIterable<Series> | Iterable<Series>
  selection: Selection
  /** UNIX milliseconds, inclusive; undefined for no limit. */
  from: number | undefined
  to: number | undefined
  /** Rows that are probably needed. More rows cost read units. */
  likelyRows: number
  /** UNIX milliseconds after which no further block is read. */
  deadline: number
}

/** Values of a column, or one value for all rows of a block. */
type Column = readonly Cell[] | string | number | null

/** The selected rows of a block. */
export interface RowsOfBlock {
  series: SeriesId
  block: string
  /** Their indices in the block. */
  rows: Iterable<number>
  /** Selected columns that the block has, at `places` of the selection: a wide selection is mostly empty. */
  columns: readonly Column[]
  places: readonly number[]
  /** The column they are ordered by; null for stored order. */
  order: Column
}

/**
 * Yields the selected rows from a position on, block by block. If the cost or the deadline is exceeded, the last item is
 * the position to resume from.
 */
export async function* readRows(
  request: RowsRequest,
  start: Cursor | undefined,
): AsyncGenerator<RowsOfBlock | { exhausted: Cursor }> {
  const { clientId, selection, from, to, deadline } = request
  let cost = 0
  const isExhausted = () => cost >= MAX_COST || Date.now() > deadline
  for await (const { longestSpan, ...entry } of request.series(start)) {
    const series = toSeriesId(entry)
    const resumed = start?.source === series.source && start.participant === series.participant ? start : undefined
    if (isExhausted()) return yield { exhausted: resumed ?? { ...series, block: '0', row: 0 } }
    cost += QUERY_COST
    const range = {
      clientId,
      series,
      from: resumed?.block ?? (from === undefined ? '0' : isoTime(from)),
      // The key of a block has its last row's time, so a block that starts before `to` may end up to the span later.
      to: to === undefined ? '~' : `${isoTime(to + longestSpan)}~`,
      columns: selection.read,
      likelyRows: request.likelyRows,
    }
    for await (const block of readBlocks(range)) {
      const first = resumed?.block === block.key ? resumed.row : 0
      if (isExhausted()) return yield { exhausted: { ...series, block: block.key, row: first } }
      cost += block.rows + 1
      yield selectRows(series, block, first, request)
    }
  }
}

function selectRows(series: SeriesId, block: StoredBlock, first: number, request: RowsRequest): RowsOfBlock {
  const { columns, order, times } = request.selection
  const hasColumn = (column: string): boolean =>
    block.columns.has(column) || isServerColumn(column) || column === times?.column
  const places = columns.flatMap((column, place) => (hasColumn(column) ? [place] : []))
  return {
    series,
    block: block.key,
    rows: selectIndices(block, first, request),
    columns: places.map((place) => columnOf(block, columns[place] ?? '', times)),
    places,
    order: order && columnOf(block, order.column, times),
  }
}

/** Yields the indices of the selected rows, from one on. */
function* selectIndices(block: StoredBlock, first: number, { selection, from, to }: RowsRequest): Generator<number> {
  const tests = selection.tests.map(({ column, test }) => ({ test, values: columnOf(block, column, selection.times) }))
  for (let row = first; row < block.rows; row += 1) {
    if (isInRange(block, row, from, to) && tests.every(({ test, values }) => test(cellAt(values, row)))) yield row
  }
}

function isInRange(block: StoredBlock, row: number, from = -Infinity, to = Infinity): boolean {
  if (from === -Infinity && to === Infinity) return true
  const time = rowTime(block, row)
  return time >= from && time <= to
}

/** A column of a block, or one that the server adds. */
export function columnOf(block: StoredBlock, column: string, times: Selection['times']): Column {
  if (column === times?.column) return effectiveTimes(block, times.notation)
  const cells = block.columns.get(column)
  if (column === 'time_upload_utc') {
    // Each imported row has its own time of receipt; the rows of an upload share one.
    return cells?.map((cell) => isoTime(parseTime(cell) ?? block.receivedAt)) ?? isoTime(block.receivedAt)
  }
  if (column === 'matched_checksums') return block.matchedChecksums.join(',') || null
  if (column === 'failed_checksums') return block.failedChecksums.join(',') || null
  return cells ?? null
}

/** The times of a block's rows; one for all if they have only the time of receipt. */
const effectiveTimes = (block: StoredBlock, notation: TimeNotation): Column =>
  block.timeColumn === null
    ? notateTime(block.receivedAt, notation)
    : Array.from({ length: block.rows }, (_, row) => notateTime(rowTime(block, row), notation))

/** The value of a row in a column. */
export const cellAt = (column: Column, row: number): Cell =>
  typeof column === 'object' ? (column?.[row] ?? null) : column

/** The values of a row in the columns that its block has. */
export function blockValues({ columns }: RowsOfBlock, row: number): Cell[] {
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
