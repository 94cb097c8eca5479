import type { Cell } from './cells.ts'
import { packColumn, unpackColumn } from './column-codec.ts'

/** The part of DynamoDB's attribute values that columns use; the SDK's type takes it as it is. */
export type ColumnAttribute = { L: CellAttribute[] } | { B: Uint8Array }
type CellAttribute =
  | { N: string }
  | { S: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { M: { double: { S: string } } }

/** How the columns of a block are written. Whoever changes it keeps reading what was written before. */
export const LAYOUT = 2
/** Layout 1 had lists of plain values alone. */
export const LAYOUTS_READ: readonly number[] = [1, LAYOUT]

/** A write costs by the kilobyte: what fits into one stays legible for every tool, since packing would save nothing. */
const PLAIN_CELLS = 120
/** Each column is packed by itself, which takes about as long as for so many rows. */
const PACKED_ROWS = 8

/** DynamoDB's numbers reach from 1e-130 to 9.99e125; doubles beyond them are rare enough for a map of their own. */
const storable = (value: number): boolean => value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) < 9.9e125)

/** One for all: a sparse upload holds millions. */
const NOTHING: CellAttribute = { NULL: true }

/**
 * Columns of a block as DynamoDB attributes: for small blocks lists of plain values, which any DynamoDB tool shows; for
 * others packed bytes.
 */
export function encodeColumns(
  columns: ReadonlyMap<string, readonly Cell[]>,
  rows: number,
): [name: string, ColumnAttribute][] {
  const isPacked = rows >= PACKED_ROWS && rows * columns.size > PLAIN_CELLS
  return [...columns].map(([name, cells]) => [name, (isPacked && packed(cells)) || plain(cells)])
}

/** Null where that would be longer than the list, which is what the size of a block is reckoned by. */
function packed(cells: readonly Cell[]): ColumnAttribute | null {
  if (cells.length === 0) return null
  const bytes = packColumn(cells)
  return bytes.length <= 2 * cells.length || bytes.length <= listBytes(cells) ? { B: bytes } : null
}

const listBytes = (cells: readonly Cell[]): number => cells.reduce<number>((sum, cell) => sum + cellBytes(cell), 0)

const plain = (cells: readonly Cell[]): ColumnAttribute => ({ L: cells.map(encodeCell) })

function encodeCell(cell: Cell): CellAttribute {
  if (typeof cell === 'number') return storable(cell) ? { N: String(cell) } : { M: { double: { S: String(cell) } } }
  if (typeof cell === 'string') return { S: cell }
  if (typeof cell === 'boolean') return { BOOL: cell }
  return NOTHING
}

/** Structural type of what the SDK hands back: every kind of value is a key that may be absent. */
export interface StoredAttribute {
  N?: string | undefined
  S?: string | undefined
  BOOL?: boolean | undefined
  B?: Uint8Array | undefined
  NULL?: boolean | undefined
  L?: readonly StoredAttribute[] | undefined
  M?: Readonly<Record<string, StoredAttribute>> | undefined
}

/** The cells of a stored column; `encodeColumns` backwards. */
export const decodeColumn = ({ B, L = [] }: StoredAttribute): Cell[] => (B ? unpackColumn(B) : L.map(decodeCell))

function decodeCell({ N, S, BOOL, M }: StoredAttribute): Cell {
  if (N !== undefined) return Number(N)
  if (S !== undefined) return S
  if (BOOL !== undefined) return BOOL
  return M ? Number(M['double']?.S) : null
}

/**
 * Bytes of a cell in a stored list, at most: DynamoDB counts a number as up to half a byte a digit and some, text by
 * its UTF-8 length, and one more for each element of a list.
 */
export function cellBytes(cell: Cell): number {
  if (typeof cell === 'number') return storable(cell) ? 13 : 40
  if (typeof cell === 'string') return 4 + Buffer.byteLength(cell)
  return 2
}
