import type { DataOwner } from '../../lib/core/caller.ts'
import { firstRowTime } from '../../lib/measurements/block-key.ts'
import type { Cell } from '../../lib/measurements/cells.ts'
import type { Cursor } from '../../lib/measurements/query.ts'
import { blockValues, placeValues } from '../../lib/measurements/store/block-view.ts'
import { type SeriesId, seriesKey, toSeriesId } from '../../lib/measurements/store/keys.ts'
import type { Series } from '../../lib/measurements/store/series.ts'
import type { WindowCursor } from '../../lib/measurements/window-parameters.ts'
import type { RowQuery, WindowQuery } from '../../lib/measurements/window-query.ts'

export interface ExportRequest extends DataOwner {
  series: readonly Series[]
  /** UNIX milliseconds, inclusive; undefined for open. */
  from: number | undefined
  to: number | undefined
}

/** Receives the share that is done, from 0 to 1. */
type OnProgress = (done: number) => void

/** No limits, since a command has no page. */
const WHOLE = { likelyRows: Infinity, number: Infinity, maxCost: Infinity, deadline: Infinity }

/** All windows of a query with `every` or `points`, as the pages of /download contain them. */
export async function* exportWindows(
  request: ExportRequest & Omit<WindowQuery, 'columns'>,
  at: OnProgress,
): AsyncGenerator<Cell[]> {
  const { readWindows } = await import('../../lib/measurements/store/windows.ts')
  const shareDone = measureProgress(request)
  let next: WindowCursor | undefined
  do {
    const start = next
    next = undefined
    for await (const item of readWindows({ ...request, ...WHOLE, series: seriesFrom(request) }, start)) {
      if ('exhausted' in item) next = item.exhausted
      else {
        at(await shareDone(item.at, item.at.from ?? 0))
        yield* item.rows
      }
    }
  } while (next)
}

/** All requested rows, as the pages of /download contain them. */
export async function* exportRows(
  request: ExportRequest & Pick<RowQuery, 'selection'>,
  at: OnProgress,
): AsyncGenerator<Cell[]> {
  const { readRows } = await import('../../lib/measurements/store/rows.ts')
  const columns = request.selection.columns.length
  const shareDone = measureProgress(request)
  let lastBlock = ''
  let start: Cursor | undefined
  for (;;) {
    let exhausted: Cursor | undefined
    for await (const step of readRows({ ...request, ...WHOLE, series: seriesFrom(request) }, start)) {
      if ('exhausted' in step) {
        exhausted = step.exhausted
        break
      }
      const { series: id, block, places } = step
      for (const row of step.rows) {
        if (block !== lastBlock) at(await shareDone(id, firstRowTime(block)))
        lastBlock = block
        yield placeValues(places, blockValues(step, row), columns)
      }
    }
    if (!exhausted) return
    start = exhausted
  }
}

const seriesFrom = ({ clientId, series }: ExportRequest) => {
  const keys = series.map((entry) => seriesKey(clientId, toSeriesId(entry)))
  return (from?: SeriesId) => (from ? series.slice(keys.indexOf(seriesKey(clientId, from))) : series)
}

/** Measures progress by time, because the number of rows is unknown. */
function measureProgress({ clientId, series, from = -Infinity, to = Infinity }: ExportRequest) {
  const keys = series.map((entry) => seriesKey(clientId, toSeriesId(entry)))
  let current: { key: string; start: number; end: number } | undefined
  return async (id: SeriesId, time: number): Promise<number> => {
    const key = seriesKey(clientId, id)
    if (current?.key !== key) {
      const { findTimeSpan } = await import('../../lib/measurements/store/time-span.ts')
      const { first = '', last = '' } = await findTimeSpan(clientId, id)
      current = { key, start: Math.max(from, Date.parse(first)), end: Math.min(to, Date.parse(last)) }
    }
    const { start, end } = current
    const within = end > start ? Math.min(Math.max((time - start) / (end - start), 0), 1) : 1
    return (keys.indexOf(key) + within) / keys.length
  }
}
