import type { Cell } from '../measurements/cells.ts'
import type { Cursor, Selection } from '../measurements/query.ts'
import { isServerColumn } from '../measurements/table.ts'
import { isoTime, parseTime, rowTime } from '../measurements/times.ts'
import { readBlocks, type StoredBlock } from './measurements.ts'
import type { Series } from './series.ts'

/** Rows one call looks at, at most. A query costs as much as this many rows, a block as one more than it has. */
const ROWS_LOOKED_AT = 500_000
const QUERY_COST = 50
export interface RowsRequest {
  clientId: string
  /** Series from a source on, in the order in which their rows are told. */
  series(from: string | undefined): AsyncIterable<Series> | Iterable<Series>
  selection: Selection
  /** UNIX milliseconds, inclusive; undefined for open. */
  from: number | undefined
  to: number | undefined
  /** UNIX milliseconds after which nothing new is read. */
  deadline: number
}

/** A row on its way into an answer. */
export interface Row {
  at: Cursor
  /** What it is ordered by; null where rows come as they are stored. */
  key: Cell
  /** Its values in those columns of the selection that its block has, at `places`: a wide selection is mostly empty. */
  places: readonly number[]
  values: Cell[]
}

/**
 * Every row that the selection asks for, from a place on, block by block; the last step says where looking had to stop,
 * if it had to.
 */
export async function* readRows(
  request: RowsRequest,
  start: Cursor | undefined,
): AsyncGenerator<Iterable<Row> | { exhausted: Cursor }> {
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
      yield rowsOf(block, first, request)
    }
  }
}

/** The rows of a block that are asked for, from one on. */
function* rowsOf(
  block: StoredBlock,
  first: number,
  { selection, from, to }: Pick<RowsRequest, 'selection' | 'from' | 'to'>,
): Generator<Row> {
  const places = selection.columns.flatMap((column, place) => (hasColumn(block, column) ? [place] : []))
  const shown = places.map((place) => columnOf(block, selection.columns[place] ?? ''))
  const tests = selection.tests.map(({ column, test }) => ({ test, tested: columnOf(block, column) }))
  const order = selection.order && columnOf(block, selection.order.column)
  for (let row = first; row < block.rows; row += 1) {
    if (!inRange(block, row, from, to)) continue
    if (!tests.every(({ test, tested }) => test(cellAt(tested, row)))) continue
    const values = shown.map((column) => cellAt(column, row))
    yield { at: { source: block.source, block: block.key, row }, key: order && cellAt(order, row), places, values }
  }
}

function inRange(block: StoredBlock, row: number, from = -Infinity, to = Infinity): boolean {
  if (from === -Infinity && to === Infinity) return true
  const time = rowTime(block, row)
  return time >= from && time <= to
}

const hasColumn = (block: StoredBlock, column: string): boolean => block.columns.has(column) || isServerColumn(column)

/** A column of a block, those that the server adds among them: the value of each row, or one for all rows. */
export function columnOf(block: StoredBlock, column: string): readonly Cell[] | string | null {
  const cells = block.columns.get(column)
  if (column === 'time_upload_utc') {
    // Rows that were brought over from another server have a receipt each; those of an upload share one.
    return cells?.map((cell) => isoTime(parseTime(cell) ?? block.receivedAt)) ?? isoTime(block.receivedAt)
  }
  if (column === 'matched_checksums') return block.matchedChecksums.join(',') || null
  if (column === 'failed_checksums') return block.failedChecksums.join(',') || null
  return cells ?? null
}

/** The value of a row in such a column. */
export const cellAt = (column: readonly Cell[] | string | null, row: number): Cell =>
  typeof column === 'object' ? (column?.[row] ?? null) : column
