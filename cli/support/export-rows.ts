import type { Cell } from '../../lib/measurements/cells.ts'
import type { Cursor, Selection } from '../../lib/measurements/query.ts'
import type { Series } from '../../lib/measurements/store/series.ts'

export interface ExportRequest {
  clientId: string
  series: readonly Series[]
  selection: Selection
  /** UNIX milliseconds, inclusive; undefined for open. */
  from: number | undefined
  to: number | undefined
}

/** All requested rows, as the pages of /download contain them. `at` receives the share that is done, from 0 to 1. */
export async function* exportRows(request: ExportRequest, at: (done: number) => void): AsyncGenerator<Cell[]> {
  const { placeValues, readRows, blockValues } = await import('../../lib/measurements/store/rows.ts')
  const columns = request.selection.columns.length
  const shareDone = measureProgress(request)
  let lastBlock = ''
  let start: Cursor | undefined
  const series = (from?: string) =>
    from === undefined
      ? request.series
      : request.series.slice(request.series.findIndex(({ source }) => source === from))
  for (;;) {
    let exhausted: Cursor | undefined
    for await (const step of readRows({ ...request, series, likelyRows: Infinity, deadline: Infinity }, start)) {
      if ('exhausted' in step) {
        exhausted = step.exhausted
        break
      }
      const { source, block, places } = step
      for (const row of step.rows) {
        if (block !== lastBlock) at(await shareDone({ source, block, row }))
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
  const sources = series.map(({ source }) => source)
  let current: { source: string; start: number; end: number } | undefined
  return async ({ source, block }: Cursor): Promise<number> => {
    if (current?.source !== source) {
      const { findTimeSpan } = await import('../../lib/measurements/store/time-span.ts')
      const { first = '', last = '' } = await findTimeSpan(clientId, source)
      current = { source, start: Math.max(from, Date.parse(first)), end: Math.min(to, Date.parse(last)) }
    }
    const { start, end } = current
    const time = Date.parse(block.slice(0, block.indexOf('#')))
    const within = end > start ? Math.min(Math.max((time - start) / (end - start), 0), 1) : 1
    return (sources.indexOf(source) + within) / sources.length
  }
}
