import type { DataOwner } from '../../lib/core/caller.ts'
import { firstRowTime } from '../../lib/measurements/block-key.ts'
import type { Cell } from '../../lib/measurements/cells.ts'
import { type SeriesId, seriesKey, toSeriesId } from '../../lib/measurements/store/keys.ts'
import type { Series } from '../../lib/measurements/store/series.ts'
import type { RowQuery, WindowQuery } from '../../lib/measurements/window-query.ts'

export interface ExportRequest extends DataOwner {
  series: readonly Series[]
  /** UNIX milliseconds, inclusive; undefined for open. */
  from: number | undefined
  to: number | undefined
}

/** Receives the share that is done, from 0 to 1. */
type OnProgress = (done: number) => void

/** All rows or windows of a query, as the pages of /download contain them. */
export async function* exportRows(
  request: ExportRequest & (RowQuery | WindowQuery),
  onProgress: OnProgress,
): AsyncGenerator<readonly Cell[]> {
  const { readAllRows } = await import('../../lib/measurements/store/all-rows.ts')
  const shareDone = measureProgress(request)
  let lastBlock = ''
  for await (const { rows, at } of readAllRows({ ...request, series: seriesFrom(request), maxCost: Infinity })) {
    if (at && 'block' in at && at.block !== lastBlock) {
      lastBlock = at.block
      onProgress(await shareDone(at, firstRowTime(at.block)))
    } else if (at && !('block' in at)) onProgress(await shareDone(at, at.from ?? 0))
    yield* rows
  }
  onProgress(1)
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
