import { jsonBytes, MAX_BODY_BYTES } from '../../http/response.ts'
import type { Cell } from '../cells.ts'
import { compareCells, compareText } from '../compare.ts'
import { INVALID_CURSOR, parameterProblem } from '../parameters.ts'
import type { Cursor, Selection } from '../query.ts'
import type { RowFormat } from '../row-writers.ts'
import { blockValues, cellAt, columnOf, placeValues } from './block-view.ts'
import { compareSeries, toSeriesId } from './keys.ts'
import { readBlocks } from './read-blocks.ts'
import { type RowsRequest, rangeTooLarge, readRows } from './rows.ts'

/** At most, as an escape in JSON. */
const BYTES_PER_CHARACTER = 6

export interface PageRequest extends Omit<RowsRequest, 'likelyRows'> {
  number: number
  cursor: Cursor | undefined
  format: RowFormat
}

export interface ResultPage<Position = Cursor> {
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
  const columns = request.selection.columns.length
  if (request.number === 0) return { lines: [], next: null }
  let last = request.cursor ?? null
  for await (const part of readRows({ ...request, likelyRows: request.number }, request.cursor)) {
    if ('exhausted' in part) return { lines: page.lines, next: part.exhausted }
    const { series, block, places, first } = part
    // One object for all rows of the part, since most rows do not end a page.
    const cursor = { ...series, block, row: 0, first }
    for (const row of part.rows) {
      if (!page.add(placeValues(places, blockValues(part, row), columns))) return { lines: page.lines, next: last }
      cursor.row = row
      last = cursor
    }
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

/** Collects lines until the page is full, in rows or bytes. One row always fits, because uploads limit its size. */
export function collectLines({ number, format }: Pick<PageRequest, 'number' | 'format'>, isUploaded = true) {
  const lines: string[] = []
  // Most pages are far from full, so an upper bound saves counting bytes.
  let maxBytes = format.head.length * BYTES_PER_CHARACTER
  let countedLines = 0
  let bytes = jsonBytes(format.head)
  const countBytes = (added: readonly string[]): number =>
    jsonBytes(added.join('')) + added.length * format.between.length * 2
  const countLines = () => {
    bytes += countBytes(lines.slice(countedLines))
    countedLines = lines.length
    maxBytes = bytes
  }
  return {
    lines,
    add(cells: readonly Cell[]): boolean {
      if (lines.length >= number) return false
      const line = format.row(cells)
      maxBytes += line.length * BYTES_PER_CHARACTER + format.between.length * 2 + 2
      if (maxBytes > MAX_BODY_BYTES) {
        countLines()
        const size = countBytes([line])
        if ((lines.length > 0 || !isUploaded) && bytes + size > MAX_BODY_BYTES) return false
        maxBytes = bytes + size
      }
      lines.push(line)
      return true
    },
  }
}
