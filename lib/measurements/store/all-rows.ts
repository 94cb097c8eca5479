import type { DataOwner } from '../../core/caller.ts'
import type { Cell } from '../cells.ts'
import type { Cursor } from '../query.ts'
import type { WindowCursor } from '../window-parameters.ts'
import type { RowQuery, WindowQuery } from '../window-query.ts'
import { blockValues, placeValues } from './block-view.ts'
import type { SeriesId } from './keys.ts'
import { readRows } from './rows.ts'
import type { Series } from './series.ts'
import { readWindows } from './windows.ts'

interface Range extends DataOwner {
  /** Series from one on, in the order of the result. */
  series(from: SeriesId | undefined): AsyncIterable<Series> | Iterable<Series>
  /** UNIX milliseconds, inclusive; undefined for no limit. */
  from: number | undefined
  to: number | undefined
}

/** A whole result, from the cursor of its query on. `maxCost` limits the rows of a window; see `readWindows`. */
export type WholeResult = Range & (RowQuery | (WindowQuery & { maxCost?: number }))

export type Position = Cursor | WindowCursor

/** Rows that belong together, possibly none, and the position before them; undefined for the start of the result. */
export interface RowsAt {
  rows: readonly (readonly Cell[])[]
  at: Position | undefined
}

/** No limits of a page: the consumer stops where it wants. */
const WHOLE = { likelyRows: Infinity, number: Infinity, deadline: Infinity }

/**
 * Yields the rows that all pages of a download contain, in the same order. Reading may stop before any item, and resume at
 * its position with each row exactly once, also during uploads. In a range without a match, items without rows yield
 * positions. Throws a `Problem` for what no page can contain either.
 */
export const readAllRows = (request: WholeResult): AsyncGenerator<RowsAt> =>
  'shape' in request ? eachWindow(request) : eachRow(request)

async function* eachRow(request: Range & RowQuery): AsyncGenerator<RowsAt> {
  const columns = request.selection.columns.length
  let at = request.cursor
  for (;;) {
    let exhausted: Cursor | undefined
    for await (const part of readRows({ ...request, ...WHOLE }, at)) {
      if ('exhausted' in part) {
        exhausted = part.exhausted
        break
      }
      const { series, block, places, first } = part
      for (const row of part.rows) {
        yield { rows: [placeValues(places, blockValues(part, row), columns)], at }
        at = { ...series, block, row, first }
      }
    }
    if (!exhausted) return
    at = exhausted
    yield { rows: [], at }
  }
}

async function* eachWindow(request: Range & WindowQuery): AsyncGenerator<RowsAt> {
  let start = request.cursor
  for (;;) {
    let exhausted: WindowCursor | undefined
    for await (const item of readWindows({ ...request, ...WHOLE }, start)) {
      if ('exhausted' in item) exhausted = item.exhausted
      else yield item
    }
    if (!exhausted) return
    start = exhausted
    yield { rows: [], at: start }
  }
}
