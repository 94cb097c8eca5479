import { createHash } from 'node:crypto'
import { Problem } from '../core/problem.ts'
import type { Cell } from './cells.ts'
import { cellBytes } from './columns.ts'
import { BLOCK_BYTES, BLOCK_ROWS, LIMITS } from './limits.ts'
import type { DataTable } from './table.ts'
import { isoTime, parseTime } from './times.ts'
import type { Warnings } from './warnings.ts'

/** Rows of one series that are stored together, each column apart. */
export interface Block {
  source: string
  /** Sort key: the last row's time, then a digest of the content, so that a retry writes the same block again. */
  key: string
  /** The column that holds the rows' times; null when they have none of their own and the time of receipt counts. */
  timeColumn: string | null
  rows: number
  /** Milliseconds from the first row's time to the last's. */
  span: number
  columns: Map<string, Cell[]>
}

export interface BlockContext {
  /** Names of time columns, the first present of which gives the rows' times. */
  timeColumns: readonly string[]
  /** Where rows without a `box` belong: the token's participant. */
  participant: string | undefined
  /** UNIX milliseconds. */
  receivedAt: number
  /** Tells uploads without times apart: the Idempotency-Key, or the request id. */
  uploadId: string
}

interface Group {
  source: string
  timeColumn: string | null
  rows: number[]
}

/** Cuts a table into blocks. The same timed content gives the same blocks, in whatever format and however often it comes. */
export function toBlocks(table: DataTable, context: BlockContext, warnings: Warnings): Block[] {
  const timeColumn = context.timeColumns.find((name) => table.columns.has(name)) ?? null
  const times = rowTimes(table, timeColumn, context.receivedAt, warnings)
  const groups = group(table, timeColumn, times, context.participant)
  // A column that holds nothing for a source is another source's, unless it holds nothing for any.
  const empty = new Set([...table.columns].filter(([, cells]) => !cells.some(isFilled)).map(([name]) => name))
  return groups.flatMap((each) => {
    const columns = [...table.columns].filter(
      ([name, cells]) => empty.has(name) || each.rows.some((row) => isFilled(cells[row])),
    )
    return cut(columns, each, times, context)
  })
}

/** The same blocks as if they had been received at another time: what a retry under an Idempotency-Key writes. */
export const withReceiptTime = (blocks: readonly Block[], receivedAt: number): Block[] =>
  blocks.map((block) =>
    block.timeColumn === null ? { ...block, key: block.key.replace(/^[^#]+/, isoTime(receivedAt)) } : block,
  )

interface RowTimes {
  at: Float64Array
  readable: Uint8Array
}

function rowTimes(table: DataTable, timeColumn: string | null, receivedAt: number, warnings: Warnings): RowTimes {
  const at = new Float64Array(table.rows).fill(receivedAt)
  const readable = new Uint8Array(table.rows)
  const cells = timeColumn === null ? [] : (table.columns.get(timeColumn) ?? [])
  cells.forEach((cell, row) => {
    const time = parseTime(cell)
    if (time === null) warnings.value('time_unreadable', timeColumn ?? '', row)
    else {
      at[row] = time
      readable[row] = 1
    }
  })
  return { at, readable }
}

function group(table: DataTable, timeColumn: string | null, times: RowTimes, participant?: string): Group[] {
  const boxes = table.columns.get('box')
  const groups: Group[] = []
  const sources = new Set<string>()
  // Rows that name a box are kept apart from rows of a participant who is called like it.
  const known = { timed: new Map<string | null, Group>(), untimed: new Map<string | null, Group>() }
  for (let row = 0; row < table.rows; row += 1) {
    const cell = boxes?.[row] ?? null
    const box = cell === null || cell === '' ? null : String(cell)
    const timed = times.readable[row] === 1
    const those = timed ? known.timed : known.untimed
    const group = those.get(box)
    if (group) group.rows.push(row)
    else {
      const source = box ?? participant ?? 'default'
      checkSource(source, row, sources.add(source).size)
      const begun: Group = { source, timeColumn: timed ? timeColumn : null, rows: [row] }
      those.set(box, begun)
      groups.push(begun)
    }
  }
  return groups
}

function checkSource(source: string, row: number, count: number): void {
  const longest = LIMITS.sourceCharacters
  if (source.length > longest) {
    throw new Problem('limit_exceeded', `Row ${row + 1}: a box name may have at most ${longest} characters.`, {
      issues: [{ field: 'box', row: row + 1, detail: `longer than ${longest} characters` }],
    })
  }
  if (count > LIMITS.sources) {
    throw new Problem('limit_exceeded', `The upload has rows of more than ${LIMITS.sources} boxes. Send it in parts.`)
  }
}

function cut(
  columns: [string, Cell[]][],
  { source, timeColumn, rows }: Group,
  times: RowTimes,
  context: BlockContext,
): Block[] {
  const at = (row: number): number => times.at[row] ?? context.receivedAt
  rows.sort((a, b) => at(a) - at(b))
  const namesBytes = columns.reduce((sum, [name]) => sum + Buffer.byteLength(name) + 6, 0)
  const blocks: Block[] = []
  const copies = new Map<string, number>()
  for (let start = 0; start < rows.length; ) {
    const end = blockEnd(rows, start, columns, namesBytes)
    const part = rows.slice(start, end)
    const first = at(part[0] ?? 0)
    const last = at(part.at(-1) ?? 0)
    const cells = new Map(columns.map(([name, values]) => [name, withoutEmpty(part.map((row) => values[row] ?? null))]))
    const digest = contentDigest(cells, part.length, timeColumn === null ? context.uploadId : null, start)
    // One body may hold a whole block of rows twice; each counts, and a retry numbers them alike.
    const copy = copies.get(digest) ?? 0
    copies.set(digest, copy + 1)
    const key = `${isoTime(last)}#${digest}${copy === 0 ? '' : `-${copy}`}`
    blocks.push({ source, key, timeColumn, rows: part.length, span: last - first, columns: cells })
    start = end
  }
  return blocks
}

/** A column that holds nothing in a block is known there by its name alone. */
const withoutEmpty = (cells: Cell[]): Cell[] => (cells.some(isFilled) ? cells : [])

const isFilled = (cell: Cell | undefined): boolean => cell !== null && cell !== undefined

/** The row after the last one that still fits into the block that begins with row `start`. */
function blockEnd(rows: number[], start: number, columns: [string, Cell[]][], namesBytes: number): number {
  let bytes = namesBytes
  for (let index = start; index < rows.length; index += 1) {
    if (index - start === BLOCK_ROWS) return index
    const row = rows[index] ?? 0
    for (const [, cells] of columns) bytes += cellBytes(cells[row] ?? null)
    if (bytes <= BLOCK_BYTES) continue
    if (index > start) return index
    throw new Problem('limit_exceeded', `Row ${row + 1} is larger than ${BLOCK_BYTES} bytes, column names included.`, {
      issues: [{ row: row + 1, detail: `larger than ${BLOCK_BYTES} bytes` }],
    })
  }
  return rows.length
}

/**
 * Names a block by its content, whatever the order of its columns. Blocks without times of their own are named by
 * their upload and their place in it instead: equal readings of two uploads are two readings.
 */
function contentDigest(columns: Map<string, Cell[]>, rows: number, uploadId: string | null, start: number): string {
  const sorted = [...columns].sort(([a], [b]) => (a < b ? -1 : 1))
  const origin = uploadId === null ? [] : [uploadId, start]
  return createHash('sha256')
    .update(JSON.stringify([rows, sorted, origin]))
    .digest('base64url')
    .slice(0, 22)
}
