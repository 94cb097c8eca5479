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

/** All rows that are asked for, as /download would give them page by page. `at` hears which part of them is done, of 1. */
export async function* exportedRows(request: ExportRequest, at: (done: number) => void): AsyncGenerator<Cell[]> {
  const { placeValues, readRows, blockValues } = await import('../../lib/measurements/store/rows.ts')
  const columns = request.selection.columns.length
  const partOf = partDone(request)
  let told = ''
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
        if (block !== told) at(await partOf({ source, block, row }))
        told = block
        yield placeValues(places, blockValues(step, row), columns)
      }
    }
    if (!exhausted) return
    start = exhausted
  }
}

/** Measures by time how far a place is, since nobody has counted the rows. */
function partDone({ clientId, series, from = -Infinity, to = Infinity }: ExportRequest) {
  const sources = series.map(({ source }) => source)
  let current: { source: string; begin: number; end: number } | undefined
  return async ({ source, block }: Cursor): Promise<number> => {
    if (current?.source !== source) {
      const { findTimeSpan } = await import('../../lib/measurements/store/time-span.ts')
      const { first = '', last = '' } = await findTimeSpan(clientId, source)
      current = { source, begin: Math.max(from, Date.parse(first)), end: Math.min(to, Date.parse(last)) }
    }
    const { begin, end } = current
    const time = Date.parse(block.slice(0, block.indexOf('#')))
    const within = end > begin ? Math.min(Math.max((time - begin) / (end - begin), 0), 1) : 1
    return (sources.indexOf(source) + within) / sources.length
  }
}
