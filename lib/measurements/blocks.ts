import { createHash } from 'node:crypto'
import { Problem } from '../core/problem.ts'
import type { Cell } from './cells.ts'
import { cellBytes } from './columns.ts'
import { BLOCK_BYTES, BLOCK_ROWS, LIMITS } from './limits.ts'
import { type RowTimes, readRowTimes, type TimeContext } from './row-times.ts'
import type { DataTable } from './table.ts'
import { isoTime } from './times.ts'
import type { Warnings } from './warnings.ts'

/** Rows of one series that are stored together, column by column. */
export interface Block {
  source: string
  /** Sort key: the last row's time, then a digest of the content, so that a retry writes the same block again. */
  key: string
  /** The column with the rows' times; null if they have none and the time of receipt applies. */
  timeColumn: string | null
  rows: number
  /** Milliseconds from the first row's time to the last's. */
  span: number
  columns: Map<string, Cell[]>
}

/** Time of the last row of a block in UNIX milliseconds, from the key of the block. */
export const lastRowTime = (key: string): number => Date.parse(key.slice(0, key.indexOf('#')))

export interface BlockContext extends TimeContext {
  /** The token's participant: the source of rows without a `box`. */
  participant: string | undefined
  /** Distinguishes uploads without times: the Idempotency-Key, or the request id. */
  uploadId: string
}

interface Group {
  source: string
  timeColumn: string | null
  rows: number[]
}

/** Cuts a table into blocks; its times may become ISO text. The same timed content always results in the same blocks, in every format. */
export function toBlocks(table: DataTable, context: BlockContext, warnings: Warnings): Block[] {
  const times = readRowTimes(table, context, warnings)
  const groups = groupRows(table, times, context.participant)
  // A column without values in one source belongs to other sources; one without any values belongs to all.
  const empty = new Set([...table.columns].filter(([, cells]) => !cells.some(isFilled)).map(([name]) => name))
  return groups.flatMap((group) => {
    const columns = [...table.columns].filter(
      ([name, cells]) => empty.has(name) || group.rows.some((row) => isFilled(cells[row])),
    )
    return cutGroup(columns, group, times, context)
  })
}

/** The same blocks with another time of receipt, for a retry under an Idempotency-Key. */
export const withReceiptTime = (blocks: readonly Block[], receivedAt: number): Block[] =>
  blocks.map((block) =>
    block.timeColumn === null ? { ...block, key: block.key.replace(/^[^#]+/, isoTime(receivedAt)) } : block,
  )

function groupRows(table: DataTable, times: RowTimes, participant?: string): Group[] {
  const boxes = table.columns.get('box')
  const groups: Group[] = []
  const sources = new Set<string>()
  // A box and a participant may have the same name; their rows are in separate blocks.
  const groupsByBox = { timed: new Map<string | null, Group>(), untimed: new Map<string | null, Group>() }
  for (let row = 0; row < table.rows; row += 1) {
    const cell = boxes?.[row] ?? null
    const box = cell === null || cell === '' ? null : String(cell)
    const isTimed = times.isReadable[row] === 1
    const groupOf = isTimed ? groupsByBox.timed : groupsByBox.untimed
    const group = groupOf.get(box)
    if (group) group.rows.push(row)
    else {
      const source = box ?? participant ?? 'default'
      checkSource(source, row, sources.add(source).size)
      const newGroup: Group = { source, timeColumn: isTimed ? times.column : null, rows: [row] }
      groupOf.set(box, newGroup)
      groups.push(newGroup)
    }
  }
  return groups
}

function checkSource(source: string, row: number, sourceCount: number): void {
  const maxCharacters = LIMITS.sourceCharacters
  if (source.length > maxCharacters) {
    throw new Problem('limit_exceeded', `Row ${row + 1}: a box name may have at most ${maxCharacters} characters.`, {
      issues: [{ field: 'box', row: row + 1, detail: `longer than ${maxCharacters} characters` }],
    })
  }
  if (sourceCount > LIMITS.sources) {
    throw new Problem('limit_exceeded', `The upload has rows of more than ${LIMITS.sources} boxes. Send it in parts.`)
  }
}

function cutGroup(
  columns: [string, Cell[]][],
  { source, timeColumn, rows }: Group,
  times: RowTimes,
  context: BlockContext,
): Block[] {
  const timeOf = (row: number): number => times.ms[row] ?? context.receivedAt
  rows.sort((a, b) => timeOf(a) - timeOf(b))
  const nameBytes = columns.reduce((sum, [name]) => sum + Buffer.byteLength(name) + 6, 0)
  const blocks: Block[] = []
  const copies = new Map<string, number>()
  for (let start = 0; start < rows.length; ) {
    const end = findBlockEnd(rows, start, columns, nameBytes)
    const part = rows.slice(start, end)
    const first = timeOf(part[0] ?? 0)
    const last = timeOf(part.at(-1) ?? 0)
    const cells = new Map(columns.map(([name, values]) => [name, dropIfEmpty(part.map((row) => values[row] ?? null))]))
    const digest = digestContent(cells, part.length, timeColumn === null ? context.uploadId : null, start)
    // One body may contain a block of rows twice. Both are stored, and a retry numbers them the same way.
    const copy = copies.get(digest) ?? 0
    copies.set(digest, copy + 1)
    const key = `${isoTime(last)}#${digest}${copy === 0 ? '' : `-${copy}`}`
    blocks.push({ source, key, timeColumn, rows: part.length, span: last - first, columns: cells })
    start = end
  }
  return blocks
}

/** A column without values in a block is stored as an empty list. */
const dropIfEmpty = (cells: Cell[]): Cell[] => (cells.some(isFilled) ? cells : [])

const isFilled = (cell: Cell | undefined): boolean => cell !== null && cell !== undefined

/** Index after the last row that fits into the block that starts at `start`. Throws for a row too large for any block. */
function findBlockEnd(rows: number[], start: number, columns: [string, Cell[]][], nameBytes: number): number {
  let bytes = nameBytes
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
 * Digest of a block's content, regardless of the order of its columns. Blocks without times also depend on their
 * upload and their position in it, because equal readings of two uploads are two readings.
 */
function digestContent(columns: Map<string, Cell[]>, rows: number, uploadId: string | null, start: number): string {
  const sorted = [...columns].sort(([a], [b]) => (a < b ? -1 : 1))
  const origin = uploadId === null ? [] : [uploadId, start]
  return createHash('sha256')
    .update(JSON.stringify([rows, sorted, origin]))
    .digest('base64url')
    .slice(0, 22)
}
