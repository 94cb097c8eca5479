import { ANSWER_BYTES, bytesInAnswer } from '../http/respond.ts'
import type { Cell } from '../measurements/cells.ts'
import { compareCells, compareText } from '../measurements/compare.ts'
import type { RowFormat } from '../measurements/formats-out.ts'
import { NOT_OUR_CURSOR } from '../measurements/parameters.ts'
import { type Cursor, passes, refusal, type Selection } from '../measurements/query.ts'
import { isServerColumn } from '../measurements/table.ts'
import { isoTime, parseTime, rowTime } from '../measurements/times.ts'
import { Problem } from '../problem.ts'
import { readBlocks, type StoredBlock } from './measurements.ts'
import type { Series } from './series.ts'

/** Rows one call looks at, at most. A query costs as much as this many rows, a block as one more than it has. */
const ROWS_LOOKED_AT = 500_000
const QUERY_COST = 50

export interface PageRequest {
  clientId: string
  /** Series from a source on, in the order in which their rows are told. */
  series(from: string | undefined): AsyncIterable<Series> | Iterable<Series>
  selection: Selection
  /** UNIX milliseconds, inclusive; undefined for open. */
  from: number | undefined
  to: number | undefined
  number: number
  cursor: Cursor | undefined
  format: RowFormat
  /** UNIX milliseconds after which nothing new is read. */
  deadline: number
}

export interface Page {
  lines: string[]
  /** Where the next page begins; null after the last row. A page may be short, even empty, and still have a next one. */
  next: Cursor | null
}

/** A row on its way into an answer. */
interface Row {
  at: Cursor
  /** What it is ordered by; null where rows come as they are stored. */
  key: Cell
  /** Its values in the columns that its block has, by their place in the selection: a wide selection is mostly empty. */
  values: (readonly [place: number, value: Cell])[]
}

/** One page of rows. Pages that follow each other's cursor hold every row exactly once, whatever is uploaded meanwhile. */
export const readPage = (request: PageRequest): Promise<Page> =>
  request.selection.order ? orderedPage(request, request.selection.order) : plainPage(request)

/** Rows in the order in which they are stored: by source, then by block. A cursor is the place of the next row. */
async function plainPage(request: PageRequest): Promise<Page> {
  const page = collector(request)
  if (request.number === 0) return { lines: [], next: null }
  for await (const step of readRows(request, request.cursor)) {
    if ('exhausted' in step) return { lines: page.lines, next: step.exhausted }
    if (!page.add(step)) return { lines: page.lines, next: step.at }
  }
  return { lines: page.lines, next: null }
}

/** Rows by a column's values. The whole range is looked at for each page; a cursor is the last row that was delivered. */
async function orderedPage(request: PageRequest, order: NonNullable<Selection['order']>): Promise<Page> {
  const { cursor, number } = request
  const last = cursor && (await rowAt(request, cursor, order.column))
  const compare = (a: Omit<Row, 'values'>, b: Omit<Row, 'values'>): number =>
    compareCells(a.key, b.key, order.isTime, order.descending) || comparePlaces(a.at, b.at)
  let best: Row[] = []
  const keepBest = () => {
    best = best.sort(compare).slice(0, number + 1)
  }
  for await (const step of readRows(request, undefined)) {
    if ('exhausted' in step) {
      throw new Problem('range_too_large', 'Narrow it with from, to and source, or leave order_by out.')
    }
    if (last && compare(step, last) <= 0) continue
    best.push(step)
    if (best.length > 2 * (number + 1)) keepBest()
  }
  keepBest()
  const page = collector(request)
  const firstLeft = best.findIndex((row) => !page.add(row))
  return { lines: page.lines, next: firstLeft < 0 ? null : (best[firstLeft - 1]?.at ?? cursor ?? null) }
}

/** The row that a page ended with. Its value is read again, since a cursor has no room for every text. */
async function rowAt({ clientId }: PageRequest, at: Cursor, column: string): Promise<Omit<Row, 'values'>> {
  const range = { clientId, source: at.source, from: at.block, to: at.block, columns: [column] }
  for await (const block of readBlocks(range)) return { at, key: cell(block, column, at.row) }
  throw refusal('cursor', NOT_OUR_CURSOR)
}

const comparePlaces = (a: Cursor, b: Cursor): number =>
  compareText(a.source, b.source) || compareText(a.block, b.block) || a.row - b.row

/** Takes lines until the page is full, in rows or in bytes. One row always fits: rows are capped on their way in. */
function collector({ number, format, selection }: PageRequest) {
  const lines: string[] = []
  let bytes = bytesInAnswer(format.head)
  return {
    lines,
    add({ values }: Row): boolean {
      if (lines.length >= number) return false
      const cells = new Array<Cell>(selection.columns.length).fill(null)
      for (const [place, value] of values) cells[place] = value
      const line = format.row(cells)
      const size = bytesInAnswer(line) + format.between.length * 2
      if (lines.length > 0 && bytes + size > ANSWER_BYTES) return false
      bytes += size
      lines.push(line)
      return true
    },
  }
}

/** Every row that the selection asks for, from a place on; the last step says where looking had to stop, if it had to. */
export async function* readRows(
  request: Omit<PageRequest, 'number' | 'cursor' | 'format'>,
  start: Cursor | undefined,
): AsyncGenerator<Row | { exhausted: Cursor }> {
  const { clientId, selection, from, to, deadline } = request
  let cost = 0
  const isExhausted = () => cost >= ROWS_LOOKED_AT || Date.now() > deadline
  for await (const { source, longestSpan } of request.series(start?.source)) {
    const resumed = start?.source === source ? start : undefined
    if (isExhausted()) return yield { exhausted: resumed ?? { source, block: '0', row: 0 } }
    cost += QUERY_COST
    const range = {
      clientId,
      source,
      from: resumed?.block ?? (from === undefined ? '0' : isoTime(from)),
      // A block is filed under its last row; one that begins before `to` may end as much later as blocks last.
      to: to === undefined ? '~' : `${isoTime(to + longestSpan)}~`,
      columns: selection.read,
    }
    for await (const block of readBlocks(range)) {
      const first = resumed?.block === block.key ? resumed.row : 0
      if (isExhausted()) return yield { exhausted: { source, block: block.key, row: first } }
      cost += block.rows + 1
      const shown = selection.columns.flatMap((column, place) => (hasColumn(block, column) ? [{ column, place }] : []))
      for (let row = first; row < block.rows; row += 1) {
        if (!inRange(block, row, from, to)) continue
        const cellOf = (column: string): Cell => cell(block, column, row)
        if (!passes(selection.tests, cellOf)) continue
        const key = selection.order ? cellOf(selection.order.column) : null
        const values = shown.map(({ column, place }) => [place, cellOf(column)] as const)
        yield { at: { source, block: block.key, row }, key, values }
      }
    }
  }
}

function inRange(block: StoredBlock, row: number, from = -Infinity, to = Infinity): boolean {
  if (from === -Infinity && to === Infinity) return true
  const time = rowTime(block, row)
  return time >= from && time <= to
}

const hasColumn = (block: StoredBlock, column: string): boolean => block.columns.has(column) || isServerColumn(column)

/** A row's value in a column, those that the server adds among them. */
function cell(block: StoredBlock, column: string, row: number): Cell {
  if (column === 'time_upload_utc') {
    // Rows that were brought over from another server have a receipt each; those of an upload share one.
    return isoTime(parseTime(block.columns.get(column)?.[row] ?? null) ?? block.receivedAt)
  }
  if (column === 'matched_checksums') return block.matchedChecksums.join(',') || null
  if (column === 'failed_checksums') return block.failedChecksums.join(',') || null
  return block.columns.get(column)?.[row] ?? null
}
