import { Problem } from '../../core/problem.ts'
import { jsonBytes, MAX_BODY_BYTES } from '../../http/response.ts'
import type { Cell } from '../cells.ts'
import { compareCells, compareText } from '../compare.ts'
import { INVALID_CURSOR } from '../parameters.ts'
import { type Cursor, refusal, type Selection } from '../query.ts'
import type { RowFormat } from '../row-writers.ts'
import { readBlocks } from './blocks.ts'
import { blockValues, cellAt, columnOf, placeValues, type RowsRequest, readRows } from './rows.ts'

/** In JSON, at most: as an escape. */
const BYTES_OF_A_CHARACTER = 6

export interface PageRequest extends Omit<RowsRequest, 'likelyRows'> {
  number: number
  cursor: Cursor | undefined
  format: RowFormat
}

export interface ResultPage {
  lines: string[]
  /** Where the next page begins; null after the last row. A page may be short, even empty, and still have a next one. */
  next: Cursor | null
}

/** A row's place, and what it is ordered by. */
interface Ranked {
  at: Cursor
  key: Cell
}

/** One page of rows. Pages that follow each other's cursor hold every row exactly once, whatever is uploaded meanwhile. */
export const readPage = (request: PageRequest): Promise<ResultPage> =>
  request.selection.order ? orderedPage(request, request.selection.order) : plainPage(request)

/** Rows in the order in which they are stored: by source, then by block. A cursor is the place of the next row. */
async function plainPage(request: PageRequest): Promise<ResultPage> {
  const page = collector(request)
  if (request.number === 0) return { lines: [], next: null }
  for await (const part of readRows({ ...request, likelyRows: request.number }, request.cursor)) {
    if ('exhausted' in part) return { lines: page.lines, next: part.exhausted }
    const { source, block, places } = part
    for (const row of part.rows) {
      if (!page.add(places, blockValues(part, row))) return { lines: page.lines, next: { source, block, row } }
    }
  }
  return { lines: page.lines, next: null }
}

export const rangeTooLarge = () =>
  new Problem('range_too_large', 'Narrow it with from, to and source, or leave order_by out.')

/** Rows by a column's values. The whole range is looked at for each page; a cursor is the last row that was delivered. */
async function orderedPage(request: PageRequest, order: NonNullable<Selection['order']>): Promise<ResultPage> {
  const { cursor, number } = request
  const last = cursor && (await rowAt(request, cursor, order.column))
  const compare = (a: Ranked, b: Ranked): number =>
    compareCells(a.key, b.key, order.isTime, order.descending) || comparePlaces(a.at, b.at)
  let best: (Ranked & { places: readonly number[]; values: Cell[] })[] = []
  const keepBest = () => {
    best = best.sort(compare).slice(0, number + 1)
  }
  for await (const part of readRows({ ...request, likelyRows: Infinity }, undefined)) {
    if ('exhausted' in part) throw rangeTooLarge()
    const { source, block, places } = part
    for (const row of part.rows) {
      const ranked = { at: { source, block, row }, key: cellAt(part.order, row) }
      if (last && compare(ranked, last) <= 0) continue
      best.push({ ...ranked, places, values: blockValues(part, row) })
      if (best.length > 2 * (number + 1)) keepBest()
    }
  }
  keepBest()
  const page = collector(request)
  const firstLeft = best.findIndex(({ places, values }) => !page.add(places, values))
  return { lines: page.lines, next: firstLeft < 0 ? null : (best[firstLeft - 1]?.at ?? cursor ?? null) }
}

/** The row that a page ended with. Its value is read again, since a cursor has no room for every text. */
async function rowAt({ clientId }: PageRequest, at: Cursor, column: string): Promise<Ranked> {
  const range = { clientId, source: at.source, from: at.block, to: at.block, columns: [column], likelyRows: 1 }
  for await (const block of readBlocks(range)) return { at, key: cellAt(columnOf(block, column), at.row) }
  throw refusal('cursor', INVALID_CURSOR)
}

const comparePlaces = (a: Cursor, b: Cursor): number =>
  compareText(a.source, b.source) || compareText(a.block, b.block) || a.row - b.row

/** Takes lines until the page is full, in rows or in bytes. One row always fits: rows are capped on their way in. */
function collector({ number, format, selection }: PageRequest) {
  const lines: string[] = []
  // Most pages are far from full, which is known without looking at their characters.
  let atMost = format.head.length * BYTES_OF_A_CHARACTER
  let counted = 0
  let bytes = jsonBytes(format.head)
  const sizeOf = (more: readonly string[]): number => jsonBytes(more.join('')) + more.length * format.between.length * 2
  const count = () => {
    bytes += sizeOf(lines.slice(counted))
    counted = lines.length
    atMost = bytes
  }
  return {
    lines,
    add(places: readonly number[], values: Cell[]): boolean {
      if (lines.length >= number) return false
      const line = format.row(placeValues(places, values, selection.columns.length))
      atMost += line.length * BYTES_OF_A_CHARACTER + format.between.length * 2 + 2
      if (atMost > MAX_BODY_BYTES) {
        count()
        const size = sizeOf([line])
        if (lines.length > 0 && bytes + size > MAX_BODY_BYTES) return false
        atMost = bytes + size
      }
      lines.push(line)
      return true
    },
  }
}
