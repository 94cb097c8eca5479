import type { DataOwner } from '../../core/caller.ts'
import { Problem } from '../../core/problem.ts'
import type { Cursor, Selection } from '../query.ts'
import { isoTime } from '../times.ts'
import { type BlockView, viewBlock } from './block-view.ts'
import { type SeriesId, toSeriesId } from './keys.ts'
import { type Interruption, type MergeOptions, mergeBlocks, type Run } from './merge-blocks.ts'
import { type BlockRange, readBlocks, type StoredBlock } from './read-blocks.ts'
import type { Series } from './series.ts'

/** Maximum cost of one page of rows, in rows. A block costs its rows and one more. Reading ends only after a row. */
const MAX_COST = 500_000
/** Maximum number of cells that are compared for the first row: of all blocks that contain its time. */
const MAX_PENDING_CELLS = 30_000_000
/** Maximum characters of the rows that are compared at once. Each is in memory twice, with up to two bytes. */
const MAX_PENDING_CHARACTERS = 300_000_000
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

/** What a page may still read, for all its series. */
export interface Budget {
  cost: number
  maxCost: number
  /** UNIX milliseconds. */
  deadline: number
}

const isLate = ({ deadline }: Budget): boolean => Date.now() > deadline

/** Whether a page must not read another series. */
export const isUsed = (budget: Budget): boolean => budget.cost >= budget.maxCost || isLate(budget)

/** Selected rows of a block, in the order of the series. */
export interface RowsOfBlock extends BlockView {
  /** Their indices in the block, ascending. */
  rows: readonly number[]
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
  const budget = { cost: 0, maxCost: MAX_COST, deadline: request.deadline }
  for await (const entry of request.series(start)) {
    const series = toSeriesId(entry)
    const resumed = start?.source === series.source && start.participant === series.participant ? start : undefined
    if (isUsed(budget)) return yield { exhausted: resumed ?? { ...series, ...START } }
    for await (const item of readSeries(request, entry, budget, resumed)) {
      yield item
      if ('exhausted' in item) return
    }
  }
}

/** Yields the selected rows of one series, as `readRows` does. */
export async function* readSeries(
  request: Omit<RowsRequest, 'series'>,
  { longestSpan, keyDelay, ...entry }: Series,
  budget: Budget,
  resumed?: Cursor,
): AsyncGenerator<RowsOfBlock | { exhausted: Cursor }> {
  const { clientId, from, to } = request
  const series = toSeriesId(entry)
  budget.cost += QUERY_COST
  let blocks = 0
  let cells = 0
  const isExhausted = (block: StoredBlock, hasReturned: boolean, pendingCharacters: number): boolean => {
    const isTooLarge =
      pendingCharacters > MAX_PENDING_CHARACTERS ||
      (hasReturned ? budget.cost >= budget.maxCost : cells > MAX_PENDING_CELLS)
    const isOver = blocks > 0 && (isLate(budget) || isTooLarge)
    if (isOver && !hasReturned) throw rangeTooLarge()
    blocks += 1
    budget.cost += block.rows + 1
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
    yield { ...view, rows: view.isSelected ? rows.filter(view.isSelected) : rows, first }
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
