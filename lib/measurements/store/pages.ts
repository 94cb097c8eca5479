import type { Cell } from '../cells.ts'
import { compareCells, compareText } from '../compare.ts'
import { INVALID_CURSOR, parameterProblem } from '../parameters.ts'
import type { Cursor, Selection } from '../query.ts'
import type { RowFormat } from '../row-writers.ts'
import { blockValues, cellAt, columnOf, placeColumns, placeValues } from './block-view.ts'
import { compareSeries, toSeriesId } from './keys.ts'
import { collectLines } from './page-lines.ts'
import { readBlocks } from './read-blocks.ts'
import { type RowsRequest, rangeTooLarge, readRows } from './rows.ts'

export interface PageRequest extends Omit<RowsRequest, 'likelyRows'> {
  number: number
  cursor: Cursor | undefined
  format: RowFormat
}

export interface ResultPage<Position = Cursor> {
  /** Texts of one row or several. */
  lines: string[]
  /** Where the next page starts; null after the last row. A short or empty page may have a next one. */
  next: Position | null
}

/** A row's position and the value that it is ordered by. */
interface Ranked {
  at: Cursor
  key: Cell
}

/** Reads one page of rows. Successive pages contain every row exactly once, also during uploads. */
export const readPage = (request: PageRequest): Promise<ResultPage> =>
  request.selection.order ? readOrderedPage(request, request.selection.order) : readStoredOrder(request)

/** Rows in the order of series and times. The cursor is the last returned row. */
async function readStoredOrder(request: PageRequest): Promise<ResultPage> {
  const page = collectLines(request)
  const { length } = request.selection.columns
  if (request.number === 0) return { lines: [], next: null }
  let last = request.cursor ?? null
  for await (const part of readRows({ ...request, likelyRows: request.number }, request.cursor)) {
    if ('exhausted' in part) return { lines: page.lines, next: part.exhausted }
    const { series, block, first } = part
    // One more row shows that there is a next page.
    const rows = part.rows.slice(0, page.missing() + 1)
    const added = page.addRows(placeColumns(part, length), rows)
    const row = rows[added - 1]
    if (row !== undefined) last = { ...series, block, row, first }
    if (added < rows.length) return { lines: page.lines, next: last }
  }
  return { lines: page.lines, next: null }
}

/** Rows in the order of a column. Each page reads the whole range; the cursor is the last returned row. */
async function readOrderedPage(request: PageRequest, order: NonNullable<Selection['order']>): Promise<ResultPage> {
  const { cursor, number } = request
  const last = cursor && (await readRankedRow(request, cursor, order.column))
  const compare = (a: Ranked, b: Ranked): number =>
    compareCells(a.key, b.key, order.isTime, order.descending) || comparePositions(a.at, b.at)
  let best: (Ranked & { places: readonly number[]; values: Cell[] })[] = []
  const keepBest = () => {
    best = best.sort(compare).slice(0, number + 1)
  }
  for await (const part of readRows({ ...request, likelyRows: Infinity }, undefined)) {
    if ('exhausted' in part) throw rangeTooLarge()
    const { series, block, places } = part
    for (const row of part.rows) {
      const ranked = { at: { ...series, block, row }, key: cellAt(part.order, row) }
      if (last && compare(ranked, last) <= 0) continue
      best.push({ ...ranked, places, values: blockValues(part, row) })
      if (best.length > 2 * (number + 1)) keepBest()
    }
  }
  keepBest()
  const page = collectLines(request)
  const columns = request.selection.columns.length
  const firstOmitted = best.findIndex(({ places, values }) => !page.add(placeValues(places, values, columns)))
  return { lines: page.lines, next: firstOmitted < 0 ? null : (best[firstOmitted - 1]?.at ?? cursor ?? null) }
}

/**
 * The row at a cursor. Its value is read again, since a text may be too long for a cursor. Callers can change a cursor,
 * so it must not reach a series that the request does not select, such as that of another participant.
 */
async function readRankedRow(
  { clientId, series: seriesFrom, selection: { times } }: PageRequest,
  at: Cursor,
  column: string,
): Promise<Ranked> {
  const range = { clientId, series: at, from: at.block, to: at.block, columns: times ? null : [column], likelyRows: 1 }
  for await (const series of seriesFrom(at)) {
    if (compareSeries(toSeriesId(series), at) !== 0) break
    for await (const block of readBlocks(range)) return { at, key: cellAt(columnOf(block, column, times), at.row) }
    break
  }
  throw invalidCursor()
}

const invalidCursor = () => parameterProblem('cursor', INVALID_CURSOR)

const comparePositions = (a: Cursor, b: Cursor): number =>
  compareSeries(a, b) || compareText(a.block, b.block) || a.row - b.row
