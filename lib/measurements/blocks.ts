import { digestContent } from './block-digest.ts'
import { toBlockKey } from './block-key.ts'
import { findBlockEnd, maxCellBytes, type SizedColumns } from './block-size.ts'
import type { Cell } from './cells.ts'
import { groupRows, type RowGroup } from './group-rows.ts'
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
  /** Whether an import makes the blocks. Its repeats must find the blocks of every earlier version. */
  isImport?: boolean
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
  const all = [...table.columns, ...missing.map((name): [string, Cell[]] => [name, []])]
  const maxRowBytes = all.reduce((sum, [, cells]) => sum + maxCellBytes(cells), 0)
  return groups.flatMap((group) => {
    const columns = all.filter(([name, cells]) => empty.has(name) || group.rows.some((row) => isFilled(cells[row])))
    const nameBytes = columns.reduce((sum, [name]) => sum + Buffer.byteLength(name) + 6, 0)
    return cutGroup({ columns, nameBytes, maxRowBytes }, group, MAX_SPANS / groups.length, times, context)
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
  sized: SizedColumns,
  { source, timeColumn, rows }: RowGroup,
  maxSpans: number,
  times: RowTimes,
  context: BlockContext,
): Block[] {
  const timeOf = (row: number | undefined): number => times.ms[row ?? 0] ?? context.receivedAt
  if (!areInOrder(rows, times.ms)) rows.sort((a, b) => timeOf(a) - timeOf(b))
  const maxSpan = findMaxSpan(timeOf(rows.at(-1)) - timeOf(rows[0]), maxSpans)
  const { part: filePart } = context
  const before = timeColumn === null ? undefined : filePart?.lastRows.get(source)
  const repeatCounter = makeRepeatCounter(before)
  // Rows without times are never repeats, so a retry must find the blocks that an earlier version has stored.
  const asDoubles = timeColumn !== null && !context.isImport
  const blocks: Block[] = []
  for (let start = 0; start < rows.length; ) {
    const first = timeOf(rows[start])
    const isTooLate = (row: number): boolean => timeOf(row) - first > maxSpan
    const end = findBlockEnd(rows, start, sized, isTooLate)
    const part = rows.slice(start, end)
    const last = timeOf(part.at(-1))
    const takeCells = makeCellTaker(part)
    const cells = new Map(sized.columns.map(([name, values]) => [name, dropIfEmpty(takeCells(values))]))
    const continues = [
      (start > 0 ? timeOf(rows[start - 1]) : before?.time) === first,
      end < rows.length ? timeOf(rows[end]) === last : filePart !== undefined,
    ]
    const repeats =
      timeColumn !== null && continues.includes(true)
        ? repeatCounter.countRepeats({ timeColumn, columns: cells }, part.map(timeOf), first, last)
        : undefined
    const origin = timeColumn === null ? [context.uploadId, start] : (repeats ?? [])
    const key = toBlockKey(first, digestContent({ columns: cells, rows: part.length, origin }, asDoubles))
    const block = { source, key, timeColumn, rows: part.length, span: last - Math.floor(first), columns: cells }
    blocks.push(repeats ? { ...block, repeats } : block)
    start = end
  }
  if (timeColumn !== null) filePart?.lastRows.set(source, repeatCounter.lastRows(timeOf(rows.at(-1))))
  return blocks
}

/** Rows of most uploads are in the order of their times. To check that takes a tenth of the time of sorting them. */
function areInOrder(rows: readonly number[], ms: Float64Array): boolean {
  let latest = -Infinity
  for (let index = 0; index < rows.length; index += 1) {
    const time = ms[rows[index] ?? 0] ?? 0
    if (time < latest) return false
    latest = time
  }
  return true
}

/** Returns the cells of rows. The rows of most blocks are consecutive, and then a slice is faster. */
function makeCellTaker(rows: readonly number[]): (cells: readonly Cell[]) => Cell[] {
  const [first = 0] = rows
  const isSlice = rows.every((row, index) => row === first + index)
  return (cells) => (isSlice ? cells.slice(first, first + rows.length) : rows.map((row) => cells[row] ?? null))
}

/** The longest span of a block of rows that extend over `ms`: a power of two of weeks, so that few uploads change it. */
const findMaxSpan = (ms: number, maxSpans: number): number =>
  MAX_SPAN_MS * 2 ** Math.max(0, Math.ceil(Math.log2(ms / maxSpans / MAX_SPAN_MS)))

/** A column without values in a block is stored as an empty list. */
const dropIfEmpty = (cells: Cell[]): Cell[] => (cells.some(isFilled) ? cells : [])

const isFilled = (cell: Cell | undefined): boolean => cell !== null && cell !== undefined
