import { createHash } from 'node:crypto'
import { toBlockKey } from './block-key.ts'
import type { Cell } from './cells.ts'
import { cellBytes } from './columns.ts'
import { groupRows, type RowGroup } from './group-rows.ts'
import { BLOCK_BYTES, BLOCK_ROWS } from './limits.ts'
import { placedProblem } from './placed-problem.ts'
import { type LastRows, makeRepeatCounter } from './repeats.ts'
import { type RowTimes, readRowTimes, type TimeContext } from './row-times.ts'
import type { DataTable } from './table.ts'
import { isoTime } from './times.ts'
import type { Warnings } from './warnings.ts'

/** Rows of one series that are stored together, column by column. */
export interface Block {
  source: string
  key: string
  /** The column with the rows' times; null if they have none and the time of receipt applies. */
  timeColumn: string | null
  rows: number
  /** Milliseconds from the time in the key to the last row's. */
  span: number
  columns: Map<string, Cell[]>
  /** For each row, the number of equal rows in earlier blocks of the upload; absent if there are none. */
  repeats?: number[]
}

/**
 * Longest time from the first row of a block to its last. A reader of a range starts this long before the range, so one
 * row with a wrong clock must not extend it by years.
 */
const MAX_SPAN_MS = 7 * 86_400_000
/** Blocks that the limit of their span may add to an upload. Each block costs a write. */
const MAX_SPANS = 500

export interface BlockContext extends TimeContext {
  /** The token's participant: the source of rows without a `box`. */
  participant: string | undefined
  /** Distinguishes uploads without times: the Idempotency-Key, or the request id. */
  uploadId: string
  /** Set for a part of a file. */
  part?: BlockPart
}

/** What a part of a file needs to know of the others. */
export interface BlockPart {
  /** The columns that have no value in the whole file. */
  emptyColumns: ReadonlySet<string>
  /** By source, the last rows of the parts before this one, which become those of this one. */
  lastRows: Pick<Map<string, LastRows>, 'get' | 'set'>
}

/** Cuts a table into blocks; its times may become ISO text. The same timed content always results in the same blocks, in every format. */
export function toBlocks(table: DataTable, context: BlockContext, warnings: Warnings): Block[] {
  const times = readRowTimes(table, context, warnings)
  const groups = groupRows(table, times, context.participant)
  // A column without values in one source belongs to other sources; one without any values belongs to all.
  const empty = context.part?.emptyColumns ?? findEmptyColumns(table)
  // A part of NDJSON may lack columns.
  const missing = [...empty].filter((name) => !table.columns.has(name))
  const all: [string, Cell[]][] = [...table.columns, ...missing.map((name): [string, Cell[]] => [name, []])]
  return groups.flatMap((group) => {
    const columns = all.filter(([name, cells]) => empty.has(name) || group.rows.some((row) => isFilled(cells[row])))
    return cutGroup(columns, group, MAX_SPANS / groups.length, times, context)
  })
}

const findEmptyColumns = ({ columns }: DataTable): ReadonlySet<string> =>
  new Set([...columns].filter(([, cells]) => !cells.some(isFilled)).map(([name]) => name))

/** The same blocks with another time of receipt, for a retry under an Idempotency-Key. */
export const withReceiptTime = (blocks: readonly Block[], receivedAt: number): Block[] =>
  blocks.map((block) =>
    block.timeColumn === null ? { ...block, key: block.key.replace(/^[^#]+/, isoTime(receivedAt)) } : block,
  )

function cutGroup(
  columns: [string, Cell[]][],
  { source, timeColumn, rows }: RowGroup,
  maxSpans: number,
  times: RowTimes,
  context: BlockContext,
): Block[] {
  const timeOf = (row: number | undefined): number => times.ms[row ?? 0] ?? context.receivedAt
  rows.sort((a, b) => timeOf(a) - timeOf(b))
  const nameBytes = columns.reduce((sum, [name]) => sum + Buffer.byteLength(name) + 6, 0)
  const maxSpan = findMaxSpan(timeOf(rows.at(-1)) - timeOf(rows[0]), maxSpans)
  const { part: filePart } = context
  const before = timeColumn === null ? undefined : filePart?.lastRows.get(source)
  const repeatCounter = makeRepeatCounter(before)
  const blocks: Block[] = []
  for (let start = 0; start < rows.length; ) {
    const first = timeOf(rows[start])
    const isTooLate = (row: number): boolean => timeOf(row) - first > maxSpan
    const end = findBlockEnd(rows, start, columns, nameBytes, isTooLate)
    const part = rows.slice(start, end)
    const last = timeOf(part.at(-1))
    const cells = new Map(columns.map(([name, values]) => [name, dropIfEmpty(part.map((row) => values[row] ?? null))]))
    const continues = [
      (start > 0 ? timeOf(rows[start - 1]) : before?.time) === first,
      end < rows.length ? timeOf(rows[end]) === last : filePart !== undefined,
    ]
    const repeats =
      timeColumn !== null && continues.includes(true)
        ? repeatCounter.countRepeats({ timeColumn, columns: cells }, part.map(timeOf), first, last)
        : undefined
    const origin = timeColumn === null ? [context.uploadId, start] : (repeats ?? [])
    const key = toBlockKey(first, digestContent(cells, part.length, origin))
    const block = { source, key, timeColumn, rows: part.length, span: last - Math.floor(first), columns: cells }
    blocks.push(repeats ? { ...block, repeats } : block)
    start = end
  }
  if (timeColumn !== null) filePart?.lastRows.set(source, repeatCounter.lastRows(timeOf(rows.at(-1))))
  return blocks
}

/** The longest span of a block of rows that extend over `ms`: a power of two of weeks, so that few uploads change it. */
const findMaxSpan = (ms: number, maxSpans: number): number =>
  MAX_SPAN_MS * 2 ** Math.max(0, Math.ceil(Math.log2(ms / maxSpans / MAX_SPAN_MS)))

/** A column without values in a block is stored as an empty list. */
const dropIfEmpty = (cells: Cell[]): Cell[] => (cells.some(isFilled) ? cells : [])

const isFilled = (cell: Cell | undefined): boolean => cell !== null && cell !== undefined

/** Index after the last row that fits into the block that starts at `start`. Throws for a row too large for any block. */
function findBlockEnd(
  rows: number[],
  start: number,
  columns: [string, Cell[]][],
  nameBytes: number,
  isTooLate: (row: number) => boolean,
): number {
  let bytes = nameBytes
  for (let index = start; index < rows.length; index += 1) {
    const row = rows[index] ?? 0
    if (index - start === BLOCK_ROWS || isTooLate(row)) return index
    for (const [, cells] of columns) bytes += cellBytes(cells[row] ?? null)
    if (bytes <= BLOCK_BYTES) continue
    if (index > start) return index
    throw rowTooLarge(row)
  }
  return rows.length
}

const rowTooLarge = (index: number) =>
  placedProblem(
    'limit_exceeded',
    { row: index + 1 },
    ({ row }) => `Row ${row} is larger than ${BLOCK_BYTES} bytes, column names included.`,
    { detail: `larger than ${BLOCK_BYTES} bytes` },
  )

/**
 * Digest of a block's content, regardless of the order of its columns. Blocks without times also depend on their upload
 * and their position in it, because equal readings of two uploads are two readings.
 */
function digestContent(columns: Map<string, Cell[]>, rows: number, origin: readonly (string | number)[]): string {
  const sorted = [...columns].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([rows, sorted, origin]))
    .digest('base64url')
    .slice(0, 22)
}
