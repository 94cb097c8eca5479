import type { DataOwner } from '../../lib/core/caller.ts'
import { firstRowTime } from '../../lib/measurements/block-key.ts'
import type { Cell } from '../../lib/measurements/cells.ts'
import type { Cursor, Selection } from '../../lib/measurements/query.ts'
import { blockValues, placeValues } from '../../lib/measurements/store/block-view.ts'
import { type SeriesId, seriesKey, toSeriesId } from '../../lib/measurements/store/keys.ts'
import type { Series } from '../../lib/measurements/store/series.ts'

export interface ExportRequest extends DataOwner {
  series: readonly Series[]
  selection: Selection
  /** UNIX milliseconds, inclusive; undefined for open. */
  from: number | undefined
  to: number | undefined
}

/** All requested rows, as the pages of /download contain them. `at` receives the share that is done, from 0 to 1. */
export async function* exportRows(request: ExportRequest, at: (done: number) => void): AsyncGenerator<Cell[]> {
  const { readRows } = await import('../../lib/measurements/store/rows.ts')
  const columns = request.selection.columns.length
  const shareDone = measureProgress(request)
  let lastBlock = ''
  let start: Cursor | undefined
  const keys = request.series.map((entry) => seriesKey(request.clientId, toSeriesId(entry)))
  const series = (from?: SeriesId) =>
    from ? request.series.slice(keys.indexOf(seriesKey(request.clientId, from))) : request.series
  for (;;) {
    let exhausted: Cursor | undefined
    for await (const step of readRows({ ...request, series, likelyRows: Infinity, deadline: Infinity }, start)) {
      if ('exhausted' in step) {
        exhausted = step.exhausted
        break
      }
      const { series: id, block, places } = step
      for (const row of step.rows) {
        if (block !== lastBlock) at(await shareDone({ ...id, block, row }))
        lastBlock = block
        yield placeValues(places, blockValues(step, row), columns)
      }
    }
    if (!exhausted) return
    start = exhausted
  }
}

/** Measures progress by time, because the number of rows is unknown. */
function measureProgress({ clientId, series, from = -Infinity, to = Infinity }: ExportRequest) {
  const keys = series.map((entry) => seriesKey(clientId, toSeriesId(entry)))
  let current: { key: string; start: number; end: number } | undefined
  return async (position: Cursor): Promise<number> => {
    const key = seriesKey(clientId, position)
    if (current?.key !== key) {
      const { findTimeSpan } = await import('../../lib/measurements/store/time-span.ts')
      const { first = '', last = '' } = await findTimeSpan(clientId, position)
      current = { key, start: Math.max(from, Date.parse(first)), end: Math.min(to, Date.parse(last)) }
    }
    const { start, end } = current
    const time = firstRowTime(position.block)
    const within = end > start ? Math.min(Math.max((time - start) / (end - start), 0), 1) : 1
    return (keys.indexOf(key) + within) / keys.length
  }
}
