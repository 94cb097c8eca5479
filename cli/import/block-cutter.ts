import { type Block, toBlocks } from '../../lib/measurements/blocks.ts'
import type { Cell } from '../../lib/measurements/cells.ts'
import { cellBytes } from '../../lib/measurements/columns.ts'
import { BLOCK_BYTES, BLOCK_ROWS } from '../../lib/measurements/limits.ts'
import type { Receipt } from '../../lib/measurements/store/blocks.ts'
import { parseStoredTime } from '../../lib/measurements/times.ts'
import { Warnings } from '../../lib/measurements/warnings.ts'
import { type ImportedRow, nameBytes } from './co2logserver-rows.ts'

/** Rows of a block are in one such window, so that a row with a wrong clock does not create a block of years. */
const WINDOW_MS = 7 * 86_400_000
/** Maximum size of the rows in incomplete blocks. Above it, the blocks that wait longest are cut. */
const WAITING_BYTES = 32_000_000

/** A block and its receipt. */
export interface CutBlock {
  block: Block
  receipt: Receipt
}

/** Rows that go into one block: of the same source, receipt, time column and window. */
interface Group extends Pick<ImportedRow, 'timeColumn' | 'matchedChecksums' | 'failedChecksums'> {
  /** A column may have fewer cells than there are rows; the missing ones are null. */
  columns: Map<string, Cell[]>
  rows: number
  /** Time of receipt of the last row. */
  receivedAt: number
  size: Size
}

/** Size in bytes as for uploads: names, cells and a constant for each empty cell. */
interface Size {
  names: number
  columns: number
  cells: number
  filled: number
}

/**
 * Cuts the rows of a file into blocks of at most the size of uploaded ones. The result depends only on the rows and their
 * order; a `null` row has a number, but is not stored. At each row number in `ends` and after the last row, all blocks
 * are cut. A file that has grown is therefore cut as before, up to its former end.
 */
export function* cutBlocks(
  rows: Iterable<ImportedRow | null>,
  ends: readonly number[],
  waitingBytes = WAITING_BYTES,
): Generator<CutBlock> {
  // In the order of their last row; the first one waits longest.
  const groups = new Map<string, Group>()
  const copies = new Map<string, number>()
  let waiting = 0
  let count = 0

  function* close(key: string, group: Group): Generator<CutBlock> {
    groups.delete(key)
    waiting -= bytesOf(group.size, group.rows)
    for (const cut of toCutBlocks(group)) yield numberCopy(cut, copies)
  }

  for (const row of rows) {
    count += 1
    if (row) {
      const key = keyOf(row)
      const known = groups.get(key)
      if (known && !fits(known, row)) yield* close(key, known)
      const group = groups.get(key) ?? newGroup(row)
      waiting += append(group, row)
      groups.delete(key)
      groups.set(key, group)
      for (const entry of groups) {
        if (waiting <= waitingBytes) break
        yield* close(...entry)
      }
    }
    if (ends.includes(count)) for (const entry of groups) yield* close(...entry)
  }
  for (const entry of groups) yield* close(...entry)
}

const keyOf = ({ source, named, timeColumn, time, matchedChecksums, failedChecksums }: ImportedRow): string =>
  JSON.stringify([source, named, timeColumn, Math.floor(time / WINDOW_MS), matchedChecksums, failedChecksums])

const newGroup = ({ timeColumn, matchedChecksums, failedChecksums }: ImportedRow): Group => ({
  timeColumn,
  matchedChecksums,
  failedChecksums,
  columns: new Map(),
  rows: 0,
  receivedAt: -Infinity,
  size: { names: 0, columns: 0, cells: 0, filled: 0 },
})

const bytesOf = ({ names, columns, cells, filled }: Size, rows: number): number =>
  names + cells + (rows * columns - filled) * cellBytes(null)

/** The size of a group after one more row. */
function sizeWith({ columns, size }: Group, { cells }: ImportedRow): Size {
  const sum = { ...size, filled: size.filled + cells.length }
  for (const [name, cell] of cells) {
    sum.cells += cellBytes(cell)
    if (columns.has(name)) continue
    sum.columns += 1
    sum.names += nameBytes(name)
  }
  return sum
}

const fits = (group: Group, row: ImportedRow): boolean =>
  group.rows < BLOCK_ROWS && bytesOf(sizeWith(group, row), group.rows + 1) <= BLOCK_BYTES

/** Adds a row. Returns the number of added bytes. */
function append(group: Group, row: ImportedRow): number {
  const before = bytesOf(group.size, group.rows)
  group.size = sizeWith(group, row)
  for (const [name, cell] of row.cells) {
    const column = group.columns.get(name) ?? []
    while (column.length < group.rows) column.push(null)
    column.push(cell)
    group.columns.set(name, column)
  }
  group.rows += 1
  group.receivedAt = Math.max(group.receivedAt, row.receivedAt)
  return bytesOf(group.size, group.rows) - before
}

function toCutBlocks({ columns, rows, timeColumn, receivedAt, matchedChecksums, failedChecksums }: Group): CutBlock[] {
  for (const column of columns.values()) while (column.length < rows) column.push(null)
  // An import changes no value, so it reads only times that are stored as they are.
  const context = {
    ...{ timeColumns: [timeColumn], read: parseStoredTime, participant: undefined, receivedAt, uploadId: '' },
    isImport: true,
  }
  const blocks = toBlocks({ rows, columns }, context, new Warnings())
  return blocks.map((block) => ({ block, receipt: { receivedAt, matchedChecksums, failedChecksums } }))
}

/** Numbers an identical block and its rows, so that each copy is stored and read. */
function numberCopy({ block, receipt }: CutBlock, copies: Map<string, number>): CutBlock {
  const name = `${block.source} ${block.key}`
  const copy = copies.get(name) ?? 0
  copies.set(name, copy + 1)
  if (copy === 0) return { block, receipt }
  const repeats = new Array<number>(block.rows).fill(copy * block.rows)
  return { block: { ...block, key: `${block.key}-${copy}`, repeats }, receipt }
}
