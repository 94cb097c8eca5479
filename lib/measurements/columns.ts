import type { Cell, Cells } from './cells.ts'
import { packColumn, unpackColumn } from './column-codec.ts'

/** The DynamoDB attribute values that columns use; assignable to the SDK's type. */
export type ColumnAttribute = { L: CellAttribute[] } | { B: Uint8Array }
type CellAttribute =
  | { N: string }
  | { S: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { M: { double: { S: string } } }

/** Prefix of columns in the item of a block, so that a column name never equals another attribute. */
export const COLUMN_PREFIX = 'c:'

/** Version of the column encoding. After a change, earlier layouts must stay readable. */
export const LAYOUT = 3
/** Layout 1 has only lists of plain values. Until layout 2, the key of a block has the time of its last row. */
export const READABLE_LAYOUTS: readonly number[] = [1, 2, LAYOUT]

/** Writes are billed per kilobyte: packing a block that fits into one would save nothing and make it unreadable. */
const MAX_PLAIN_CELLS = 120
/** Packing has a fixed cost per column, about that of this many rows. */
const MIN_PACKED_ROWS = 8

/** DynamoDB numbers range from 1e-130 to 9.99e125. Doubles beyond that are rare and stored in a map. */
const isStorable = (value: number): boolean => value === 0 || (Math.abs(value) >= 1e-130 && Math.abs(value) < 9.9e125)

/** Shared, since a sparse upload contains millions. */
const NULL_CELL: CellAttribute = { NULL: true }

/**
 * Encodes the columns of a block as DynamoDB attributes. Small blocks are lists of plain values, which any DynamoDB tool
 * shows; larger ones are packed bytes.
 */
export function encodeColumns(
  columns: ReadonlyMap<string, readonly Cell[]>,
  rows: number,
): [name: string, ColumnAttribute][] {
  const isPacked = rows >= MIN_PACKED_ROWS && rows * columns.size > MAX_PLAIN_CELLS
  return [...columns].map(([name, cells]) => [name, (isPacked && packIfSmaller(cells)) || encodeList(cells)])
}

/** Null if the packed bytes would be longer than the list, since a block's size is estimated from lists. */
function packIfSmaller(cells: readonly Cell[]): ColumnAttribute | null {
  if (cells.length === 0) return null
  const bytes = packColumn(cells)
  return bytes.length <= 2 * cells.length || bytes.length <= countListBytes(cells) ? { B: bytes } : null
}

const countListBytes = (cells: readonly Cell[]): number => cells.reduce<number>((sum, cell) => sum + cellBytes(cell), 0)

/** Upper bound of the bytes of an encoded column, without its name. */
export const columnBytes = (cells: readonly Cell[], attribute: ColumnAttribute): number =>
  'B' in attribute ? attribute.B.length : countListBytes(cells)

const encodeList = (cells: readonly Cell[]): ColumnAttribute => ({ L: cells.map(encodeCell) })

function encodeCell(cell: Cell): CellAttribute {
  if (typeof cell === 'number') return isStorable(cell) ? { N: String(cell) } : { M: { double: { S: String(cell) } } }
  if (typeof cell === 'string') return { S: cell }
  if (typeof cell === 'boolean') return { BOOL: cell }
  return NULL_CELL
}

/** Structural type of the SDK's attribute values: every kind of value is an optional key. */
export interface StoredAttribute {
  N?: string | undefined
  S?: string | undefined
  BOOL?: boolean | undefined
  B?: Uint8Array | undefined
  NULL?: boolean | undefined
  L?: readonly StoredAttribute[] | undefined
  M?: Readonly<Record<string, StoredAttribute>> | undefined
}

/** The columns of a block by name: what readers need of a `Map`. */
export type BlockColumns = Pick<ReadonlyMap<string, Cells>, 'get' | 'has' | 'keys' | 'size'> &
  Iterable<[name: string, cells: Cells]>

/** Stored columns that are decoded when they are first used: most readers need few of them. */
export function decodeColumns(stored: ReadonlyMap<string, StoredAttribute>): BlockColumns {
  const decoded = new Map<string, Cells>()
  const get = (name: string): Cells | undefined => {
    const attribute = stored.get(name)
    const cells = decoded.get(name) ?? (attribute && decodeColumn(attribute))
    if (cells) decoded.set(name, cells)
    return cells
  }
  return {
    get,
    has: (name) => stored.has(name),
    keys: () => stored.keys(),
    size: stored.size,
    *[Symbol.iterator]() {
      for (const name of stored.keys()) yield [name, get(name) ?? []]
    },
  }
}

/** The cells of a stored column; the inverse of `encodeColumns`. */
export const decodeColumn = ({ B, L = [] }: StoredAttribute): Cells => (B ? unpackColumn(B) : L.map(decodeCell))

function decodeCell({ N, S, BOOL, M }: StoredAttribute): Cell {
  if (N !== undefined) return Number(N)
  if (S !== undefined) return S
  if (BOOL !== undefined) return BOOL
  return M ? Number(M['double']?.S) : null
}

/**
 * Upper bound of a cell's bytes in a stored list. DynamoDB charges about half a byte per digit of a number, the UTF-8
 * length of a text, and one byte per list element.
 */
export function cellBytes(cell: Cell): number {
  if (typeof cell === 'number') return isStorable(cell) ? 13 : 40
  if (typeof cell === 'string') return 4 + Buffer.byteLength(cell)
  return 2
}
