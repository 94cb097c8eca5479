import type { Cell } from './cells.ts'
import { cellBytes } from './columns.ts'
import { BLOCK_BYTES, BLOCK_ROWS } from './limits.ts'
import { placedProblem } from './placed-problem.ts'

/** Columns of a table, and what bounds the size of their rows. */
export interface SizedColumns {
  columns: readonly (readonly [name: string, cells: readonly Cell[]])[]
  /** Bytes of the names. */
  nameBytes: number
  /** No row has more bytes, without names. */
  maxRowBytes: number
}

/** Bytes of the largest cell of a column. Indices are several times as fast as iterators here. */
export function maxCellBytes(cells: readonly Cell[]): number {
  let most = 0
  for (let row = 0; row < cells.length; row += 1) {
    const bytes = cellBytes(cells[row] ?? null)
    if (bytes > most) most = bytes
  }
  return most
}

/**
 * Index after the last row that fits into the block that starts at `start`. No row of a block may be too late for it. `rows` are
 * in the order of their times. Throws a `Problem` for a row that is too large for any block.
 */
export function findBlockEnd(
  rows: readonly number[],
  start: number,
  { columns, nameBytes, maxRowBytes }: SizedColumns,
  isTooLate: (row: number) => boolean,
): number {
  const end = Math.min(start + BLOCK_ROWS, rows.length)
  const isSmall = nameBytes + (end - start) * maxRowBytes <= BLOCK_BYTES
  // Most blocks end here, and no cell has to be measured.
  if (isSmall && !isTooLate(rows[end - 1] ?? 0)) return end
  let bytes = nameBytes
  for (let index = start; index < end; index += 1) {
    const row = rows[index] ?? 0
    if (isTooLate(row)) return index
    for (const [, cells] of columns) bytes += cellBytes(cells[row] ?? null)
    if (bytes <= BLOCK_BYTES) continue
    if (index > start) return index
    throw rowTooLarge(row)
  }
  return end
}

const rowTooLarge = (index: number) =>
  placedProblem(
    'limit_exceeded',
    { row: index + 1 },
    ({ row }) => `Row ${row} is larger than ${BLOCK_BYTES} bytes, column names included.`,
    { detail: `larger than ${BLOCK_BYTES} bytes` },
  )
