import type { Cell } from '../cells.ts'
import type { Cursor, Selection } from '../query.ts'
import { isServerColumn } from '../table.ts'
import { isoTime, parseTime, rowTime } from '../times.ts'
import { readBlocks, type StoredBlock } from './blocks.ts'
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
  /** As many will probably do: what is read beyond them is paid for, too. */
  likelyRows: number
  /** UNIX milliseconds after which nothing new is read. */
  deadline: number
}

/** Values of a column, or one for all rows of a block. */
type Column = readonly Cell[] | string | null

/** The rows of a block that are asked for. */
export interface RowsOfBlock {
  source: string
  block: string
  /** Their numbers in the block. */
  rows: Iterable<number>
  /** Those columns of the selection that the block has, at `places` of it: a wide selection is mostly empty. */
  columns: readonly Column[]
  places: readonly number[]
  /** What they are ordered by; null where they come as they are stored. */
  order: Column
}

/**
 * Every row that the selection asks for, from a place on, block by block; the last step says where looking had to stop,
 * if it had to.
 */
export async function* readRows(
  request: RowsRequest,
  start: Cursor | undefined,
): AsyncGenerator<RowsOfBlock | { exhausted: Cursor }> {
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
      likelyRows: request.likelyRows,
    }
    for await (const block of readBlocks(range)) {
      const first = resumed?.block === block.key ? resumed.row : 0
      if (isExhausted()) return yield { exhausted: { source, block: block.key, row: first } }
      cost += block.rows + 1
      yield rowsOf(block, first, request)
    }
  }
}

function rowsOf(block: StoredBlock, first: number, request: RowsRequest): RowsOfBlock {
  const { columns, order } = request.selection
  const places = columns.flatMap((column, place) => (hasColumn(block, column) ? [place] : []))
  return {
    source: block.source,
    block: block.key,
    rows: numbersOf(block, first, request),
    columns: places.map((place) => columnOf(block, columns[place] ?? '')),
    places,
    order: order && columnOf(block, order.column),
  }
}

/** The numbers of the rows that are asked for, from one on. */
function* numbersOf(block: StoredBlock, first: number, { selection, from, to }: RowsRequest): Generator<number> {
  const tests = selection.tests.map(({ column, test }) => ({ test, tested: columnOf(block, column) }))
  for (let row = first; row < block.rows; row += 1) {
    if (inRange(block, row, from, to) && tests.every(({ test, tested }) => test(cellAt(tested, row)))) yield row
  }
}

function inRange(block: StoredBlock, row: number, from = -Infinity, to = Infinity): boolean {
  if (from === -Infinity && to === Infinity) return true
  const time = rowTime(block, row)
  return time >= from && time <= to
}

const hasColumn = (block: StoredBlock, column: string): boolean => block.columns.has(column) || isServerColumn(column)

/** A column of a block, those that the server adds among them. */
export function columnOf(block: StoredBlock, column: string): Column {
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
export const cellAt = (column: Column, row: number): Cell =>
  typeof column === 'object' ? (column?.[row] ?? null) : column

/** The values of a row in the columns that its block has. */
export function blockValues({ columns }: RowsOfBlock, row: number): Cell[] {
  const values: Cell[] = []
  for (const column of columns) values.push(cellAt(column, row))
  return values
}

/** The values of a row, where they belong among all columns of a selection. Most blocks have them all. */
export function placeValues(places: readonly number[], values: Cell[], columns: number): Cell[] {
  if (places.length === columns) return values
  const cells = new Array<Cell>(columns).fill(null)
  places.forEach((place, index) => {
    cells[place] = values[index] ?? null
  })
  return cells
}
