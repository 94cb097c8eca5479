import { firstRowTime } from '../block-key.ts'
import type { Cell } from '../cells.ts'
import { parameterProblem } from '../parameters.ts'
import type { WindowCursor } from '../window-parameters.ts'
import type { WindowQuery } from '../window-query.ts'
import type { Window } from '../windows.ts'
import { makeAggregator, type WindowCollector } from './aggregator.ts'
import { compareSeries, toSeriesId } from './keys.ts'
import { makeThinner } from './point-rows.ts'
import { type Budget, isUsed, type RowsOfBlock, type RowsRequest, readSeries } from './rows.ts'
import type { Series } from './series.ts'

/** Maximum cost of one page of windows, in rows: an aggregate costs a small part of a row that is returned. */
const MAX_COST = 5_000_000

export interface WindowsRequest extends Omit<RowsRequest, 'likelyRows' | 'selection'>, Omit<WindowQuery, 'columns'> {
  /** Windows that are probably needed. */
  number: number
  /** Maximum cost, in rows. */
  maxCost?: number
}

/** The rows of one window in the result, and where to resume before it. */
export interface WindowRows {
  rows: Cell[][]
  at: WindowCursor
}

const tooLong = ({ shape }: WindowsRequest) =>
  'points' in shape
    ? parameterProblem('points', 'is too small for this range: one request cannot read all rows between two points')
    : parameterProblem('every', 'is too long for this selection: one request cannot read all rows of a window')

/**
 * Yields the windows of each series in the order of their times, from a position on. If the cost or the deadline is
 * exceeded, the last item is the start of the first window that is not complete. Throws a `Problem` if one request cannot
 * complete a window.
 */
export async function* readWindows(
  request: WindowsRequest,
  start: WindowCursor | undefined,
): AsyncGenerator<WindowRows | { exhausted: WindowCursor }> {
  const { deadline, maxCost = MAX_COST } = request
  const budget = { cost: 0, maxCost, deadline }
  for await (const entry of request.series(start)) {
    const series = toSeriesId(entry)
    const resumed = start && compareSeries(start, series) === 0 ? start : undefined
    if (isUsed(budget)) return yield { exhausted: resumed ?? series }
    const { shape } = request
    const collector =
      'points' in shape ? await makeThinner(request, shape, entry, resumed) : makeAggregator(request, shape, entry)
    if (!collector) continue
    for await (const item of readSeriesWindows(request, entry, collector, budget, resumed)) {
      yield item
      if ('exhausted' in item) return
    }
  }
}

async function* readSeriesWindows(
  request: WindowsRequest,
  entry: Series,
  collector: WindowCollector,
  budget: Budget,
  resumed: WindowCursor | undefined,
): AsyncGenerator<WindowRows | { exhausted: WindowCursor }> {
  const { find, width, fillsGaps, likelyRows } = collector
  const positionOf = (from: number, follows: boolean): WindowCursor => ({
    ...{ ...toSeriesId(entry), from, follows },
    ...(width !== undefined && { width }),
  })
  let window: Window | undefined
  let follows = resumed?.follows ?? false
  /** The end of the windows that are complete. */
  let completeTo = resumed?.from
  /** No page may start twice at the same time. */
  let earliest = resumed?.from
  const close = (): WindowRows => {
    const { start = 0, end = 0 } = window ?? {}
    const item = { rows: collector.close(start), at: positionOf(start, follows) }
    follows = true
    completeTo = end
    window = undefined
    return item
  }
  const from = completeTo === undefined ? request.from : Math.max(request.from ?? completeTo, completeTo)
  for await (const part of readSeries({ ...request, from, likelyRows }, entry, budget)) {
    if ('exhausted' in part) {
      const reached = find(firstRowTime(part.exhausted.block) - entry.keyDelay)
      if (window && reached.start >= window.end) yield close()
      const next = window?.start ?? Math.max(reached.start, completeTo ?? -Infinity)
      if (next <= (earliest ?? -Infinity)) throw tooLong(request)
      return yield { exhausted: positionOf(next, follows) }
    }
    earliest ??= find(firstRowTime(part.block) - entry.keyDelay).start
    const { rows } = part
    for (let index = 0; index < rows.length; ) {
      // A block that ends within the window needs no times: they are not earlier than those before.
      if (!window || part.last >= window.end) {
        const time = part.timeAt(rows[index] ?? 0)
        if (window && time >= window.end) yield close()
        if (!window) {
          const next = find(time)
          if (fillsGaps && follows && completeTo !== undefined) {
            for (window = find(completeTo); window.end <= next.start; window = find(completeTo)) yield close()
          }
          window = next
        }
      }
      const end = part.last < window.end ? rows.length : findEnd(part, index, window.end)
      collector.add(part, rows, index, end)
      index = end
    }
  }
  if (window) yield close()
}

/** Index after the last row before a time, from `index` on. Finds short runs as fast as a linear search. */
function findEnd({ timeAt, rows }: RowsOfBlock, index: number, time: number): number {
  const isBefore = (place: number): boolean => place < rows.length && timeAt(rows[place] ?? 0) < time
  let low = index
  let step = 1
  while (isBefore(low + step)) {
    low += step
    step *= 2
  }
  for (; step > 1; ) {
    step /= 2
    if (isBefore(low + step)) low += step
  }
  return low + 1
}
