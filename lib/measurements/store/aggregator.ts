import { type Accumulation, addCells, aggregateOf, emptyAccumulation } from '../aggregate.ts'
import type { Cell } from '../cells.ts'
import { parameterProblem } from '../parameters.ts'
import { notateTime } from '../time-notation.ts'
import type { Aggregates } from '../window-query.ts'
import type { WindowFinder } from '../windows.ts'
import { cellsOf } from './block-view.ts'
import type { RowsOfBlock } from './rows.ts'
import type { Series } from './series.ts'
import type { WindowsRequest } from './windows.ts'

/** Collects the rows of one window after the other, of one series. */
export interface WindowCollector {
  find: WindowFinder
  /** Milliseconds of the windows, if the collector has chosen them. */
  width?: number
  fillsGaps: boolean
  /** Rows that are probably needed for a page. */
  likelyRows: number
  /** Adds the rows of a block from index `from` until index `to`. */
  add(part: RowsOfBlock, rows: readonly number[], from: number, to: number): void
  /** Returns the result of a window, and starts the next one. */
  close(start: number): Cell[][]
}

/** @limit Downloads | values of a window for `median`, in all its columns together */
const MAX_MEDIAN_VALUES = 2_000_000
/** Most devices send one row a minute. */
const LIKELY_INTERVAL_MS = 60_000

/** Returns one row for each window: its start, the box, and the aggregates of each column. */
export function makeAggregator(
  { selection: { columns, times }, from = 0, number }: WindowsRequest,
  { find, aggregates, fillsGaps, hasBox }: Aggregates,
  series: Series,
): WindowCollector {
  const keepsValues = aggregates.includes('median')
  const box = hasBox ? [series.columns.has('box') ? series.source : null] : []
  const { start, end } = find(from)
  let states: Accumulation[] = []
  const reset = () => {
    states = columns.map(() => emptyAccumulation(keepsValues))
  }
  reset()
  return {
    find,
    fillsGaps,
    likelyRows: Math.ceil((number * (end - start)) / LIKELY_INTERVAL_MS),
    add(part, rows, from, to) {
      part.columns.forEach((column, index) => {
        const state = states[part.places[index] ?? 0]
        if (state) addCells(state, cellsOf(column, part.rowCount), rows, from, to)
      })
      if (!keepsValues || states.reduce((sum, { numbers }) => sum + numbers, 0) <= MAX_MEDIAN_VALUES) return
      const cure = 'Use shorter windows, or name fewer columns in cols'
      throw parameterProblem(
        'every',
        `is too long for median: a window has more than ${MAX_MEDIAN_VALUES} values. ${cure}`,
      )
    },
    close(start) {
      const values = states.flatMap((state) => aggregates.map((aggregate) => aggregateOf(state, aggregate)))
      reset()
      return [[...(times ? [notateTime(start, times.notation)] : []), ...box, ...values]]
    },
  }
}
