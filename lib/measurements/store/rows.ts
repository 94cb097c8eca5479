import type { DataOwner } from '../../core/caller.ts'
import { Problem } from '../../core/problem.ts'
import type { Cell } from '../cells.ts'
import type { Cursor, Selection } from '../query.ts'
import { isServerColumn } from '../table.ts'
import { notateTime, type TimeNotation } from '../time-notation.ts'
import { isoTime, parseTime, rowTime } from '../times.ts'
import { type BlockRange, readBlocks, type StoredBlock } from './blocks.ts'
import { type SeriesId, toSeriesId } from './keys.ts'
import { type Interruption, type MergeOptions, mergeBlocks, type Run } from './merge-blocks.ts'
import type { Series } from './series.ts'

/** Maximum cost of one call, in rows. A block costs its rows and one more. Reading ends only after a row. */
const MAX_COST = 500_000
/** Maximum number of cells that are compared for the first row: of all blocks that contain its time. */
const MAX_PENDING_CELLS = 30_000_000
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

/** What a selection needs from a block. */
interface BlockView {
  series: SeriesId
  block: string
  /** Selected columns that the block has, at `places` of the selection: a wide selection is mostly empty. */
  columns: readonly Column[]
  places: readonly number[]
  /** The column they are ordered by; null for stored order. */
  order: Column
  isSelected(row: number): boolean
}

/** Selected rows of a block, in the order of the series. */
export interface RowsOfBlock extends BlockView {
  /** Their indices in the block. */
  rows: Iterable<number>
  /** Key of the first block to read, to resume after one of these rows. */
  first: string
}

export const rangeTooLarge = () =>
  new Problem('range_too_large', 'Narrow the range with from, to and source, or omit order_by.')

/**
 * Yields the selected rows after a position, in the order of series and times. If the cost or the deadline is exceeded,
 * the last item is the position to resume after. Throws `range_too_large` if that is before the first row.
 */
export async function* readRows(
  request: RowsRequest,
  start: Cursor | undefined,
): AsyncGenerator<RowsOfBlock | { exhausted: Cursor }> {
  const { clientId, from, to, deadline } = request
  let cost = 0
  const isLate = () => Date.now() > deadline
  for await (const { longestSpan, keyDelay, ...entry } of request.series(start)) {
    const series = toSeriesId(entry)
    const resumed = start?.source === series.source && start.participant === series.participant ? start : undefined
    if (cost >= MAX_COST || isLate()) return yield { exhausted: resumed ?? { ...series, ...START } }
    cost += QUERY_COST
    let blocks = 0
    let cells = 0
    const isExhausted = (block: StoredBlock, hasReturned: boolean): boolean => {
      const isOver = blocks > 0 && (isLate() || (hasReturned ? cost >= MAX_COST : cells > MAX_PENDING_CELLS))
      if (isOver && !hasReturned) throw rangeTooLarge()
      blocks += 1
      cost += block.rows + 1
      cells += block.rows * block.columns.size
      return isOver
    }
    const range = {
      clientId,
      series,
      // The key of a block has its first row's time, so a block that ends after `from` may start up to the span earlier.
      from: resumed?.first ?? resumed?.block ?? (from === undefined ? START.block : isoTime(from - longestSpan)),
      to: to === undefined ? '~' : `${isoTime(to + keyDelay)}~`,
      columns: request.selection.read,
      likelyRows: request.likelyRows,
    }
    const isStart = resumed === undefined || resumed.block === START.block
    const options = { keyDelay, start: isStart ? undefined : resumed, isExhausted }
    const views = new WeakMap<StoredBlock, BlockView>()
    for await (const item of readRuns(range, options)) {
      if (isInterruption(item)) return yield { exhausted: { ...series, ...(item.last ?? START) } }
      const { block, rows, first } = item
      const view = views.get(block) ?? viewBlock(series, block, request)
      views.set(block, view)
      yield { ...view, rows: selectRows(view, rows), first }
    }
  }
}

/** The position before the first block of a series. */
const START = { block: '0', row: 0 } as const

const isInterruption = (item: Run | Interruption): item is Interruption => 'reason' in item

/** The runs of a range. Rows that must be compared are read again with all their columns. */
async function* readRuns(
  range: BlockRange,
  options: Omit<MergeOptions, 'isComplete'>,
): AsyncGenerator<Run | Interruption> {
  for await (const item of mergeBlocks(readBlocks(range), { ...options, isComplete: range.columns === null })) {
    if (!isInterruption(item) || item.reason === 'exhausted') yield item
    else {
      const from = item.last?.first ?? range.from
      yield* readRuns({ ...range, from, columns: null }, { ...options, start: item.last ?? options.start })
    }
  }
}

function viewBlock(series: SeriesId, block: StoredBlock, { selection, from, to }: RowsRequest): BlockView {
  const { columns, order, times } = selection
  const hasColumn = (column: string): boolean =>
    block.columns.has(column) || isServerColumn(column) || column === times?.column
  const places = columns.flatMap((column, place) => (hasColumn(column) ? [place] : []))
  const tests = selection.tests.map(({ column, test }) => ({ test, values: columnOf(block, column, times) }))
  return {
    series,
    block: block.key,
    columns: places.map((place) => columnOf(block, columns[place] ?? '', times)),
    places,
    order: order && columnOf(block, order.column, times),
    isSelected: (row) =>
      isInRange(block, row, from, to) && tests.every(({ test, values }) => test(cellAt(values, row))),
  }
}

function* selectRows({ isSelected }: BlockView, rows: Iterable<number>): Generator<number> {
  for (const row of rows) if (isSelected(row)) yield row
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
