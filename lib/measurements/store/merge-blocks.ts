import { firstRowTime } from '../block-key.ts'
import type { Cursor } from '../query.ts'
import { rowTime, rowTimes } from '../times.ts'
import { compareReceipt, type NumberedRow, numberRows } from './numbered-rows.ts'
import type { StoredBlock } from './read-blocks.ts'

/** Rows of one block, in the order of the series. */
export interface Run {
  block: StoredBlock
  /** Ascending. */
  rows: readonly number[]
  /** Key of the first block to read, to resume after one of these rows. */
  first: string
}

/** A row of a series, and the first block to read to resume after it. */
export interface Position extends Pick<Cursor, 'block' | 'row'> {
  first: string
}

export interface MergeOptions {
  /** See `Series`. */
  keyDelay: number
  /** The row to resume after. */
  start: Pick<Cursor, 'block' | 'row'> | undefined
  /** Whether the blocks have all their columns, which comparing rows needs. */
  isComplete: boolean
  /**
   * Called before each block is used. Returns whether reading must end before this block. `pendingCharacters` is the
   * length of the rows that are compared, and thus in memory.
   */
  isExhausted(block: StoredBlock, hasReturned: boolean, pendingCharacters: number): boolean
}

/** Why reading ended, and the last row that was returned, if there is one. */
export type Interruption =
  | { reason: 'exhausted'; last: Position }
  /** Rows must be compared, but have not all their columns. */
  | { reason: 'incomplete'; last: Position | undefined }

/** A row that is not in any earlier upload. */
interface Entry extends NumberedRow {
  block: StoredBlock
}

/**
 * Merges the blocks of a series, in the order of their keys, into rows in the order of their times. The result is the
 * union of the numbered rows of all uploads, so that overlapping uploads do not multiply rows. Blocks that do not overlap
 * need no comparison. The last item may be an interruption.
 *
 * Of equal rows, the one that was received first is returned. Rows with equal times are in the order of their receipt, so
 * that a later upload does not move a position.
 */
export async function* mergeBlocks(
  blocks: AsyncIterable<StoredBlock>,
  { keyDelay, start, isComplete, isExhausted }: MergeOptions,
): AsyncGenerator<Run | Interruption> {
  /** A block that no other one overlaps so far; its rows from `row` on are pending. */
  let single: { block: StoredBlock; row: number } | undefined
  const entries = new Map<string, Entry>()
  /** No entry is earlier. Searching all entries before each block takes quadratic time if many rows have one time. */
  let earliest = Infinity
  let pendingCharacters = 0
  /** The row to resume after, with its identity once its block is read. */
  let resume: { block: string; row: number; identity?: string } | undefined = start
  let last: Position | undefined

  /** Adds the rows of a block, from the first one with the same time as row `from`. */
  const addEntries = (block: StoredBlock, from: number): void => {
    const isResumed = resume?.block === block.key
    const minTime = rowTime(block, from)
    for (const numbered of numberRows(block)) {
      if (numbered.time < minTime) continue
      const entry = { ...numbered, block }
      earliest = Math.min(earliest, entry.time)
      const other = entries.get(entry.identity)
      if (!other) pendingCharacters += entry.identity.length
      if (!other || compareEntries(entry, other) < 0) entries.set(entry.identity, entry)
      if (isResumed && resume?.row === entry.row) resume = { ...resume, identity: entry.identity }
    }
  }

  const add = (block: StoredBlock): void => {
    const isResumed = resume?.block === block.key
    // The block to resume in was removed, so no further row can be omitted.
    if (resume && resume.identity === undefined && single?.block.key !== resume.block && block.key > resume.block)
      resume = undefined
    if (!single && entries.size === 0 && !isImported(block)) {
      single = { block, row: isResumed && resume ? resume.row + 1 : 0 }
      return
    }
    if (single) addEntries(single.block, resume?.block === single.block.key ? resume.row : single.row)
    single = undefined
    addEntries(block, isResumed && resume ? resume.row : 0)
  }

  /** Returns the pending rows before a time, from which no later block contains rows. */
  function* takeUntil(time: number): Generator<Run> {
    if (single) {
      const { block, row } = single
      const isWhole = block.last < time
      const end = isWhole ? block.rows : findRow(block, row, time)
      single = isWhole ? undefined : { block, row: end }
      // Until the block to resume in is read, all rows are earlier ones.
      if (resume && resume.block !== block.key) return
      if (isWhole || end > row) resume = undefined
      if (end === row) return
      last = { block: block.key, row: end - 1, first: block.key }
      yield { block, rows: range(row, end), first: block.key }
      return
    }
    if (earliest >= time) return
    const ready = [...entries.values()].filter((entry) => entry.time < time).sort(compareRows)
    for (const { identity } of ready) {
      entries.delete(identity)
      pendingCharacters -= identity.length
    }
    earliest = Infinity
    for (const entry of entries.values()) earliest = Math.min(earliest, entry.time)
    const returned = resume ? ready.findIndex(({ identity }) => identity === resume?.identity) + 1 : 0
    if (resume && returned === 0) return
    resume = undefined
    for (const run of toRuns(ready, returned, entries.values())) {
      last = { block: run.block.key, row: run.rows.at(-1) ?? 0, first: run.first }
      yield run
    }
  }

  for await (const block of blocks) {
    const time = firstRowTime(block.key) - keyDelay
    if (!isComplete && ((single && single.block.last >= time) || isImported(block)))
      return yield { reason: 'incomplete', last }
    yield* takeUntil(time)
    if (isExhausted(block, last !== undefined, pendingCharacters) && last) return yield { reason: 'exhausted', last }
    add(block)
  }
  yield* takeUntil(Infinity)
}

/** Each row of an import has its own time of receipt, so one block contains rows of many uploads. */
const isImported = ({ columns }: StoredBlock): boolean => columns.has('time_upload_utc')

const compareEntries = (a: Entry, b: Entry): number => compareReceipt(a.block, b.block) || a.row - b.row

const compareRows = (a: Entry, b: Entry): number => a.time - b.time || compareEntries(a, b)

/**
 * Groups consecutive rows of a block, without the first `returned` entries. `later` are the entries that remain. Resuming
 * after a row must read all rows with the same time again, since the order of rows depends on all of them.
 */
function toRuns(entries: readonly Entry[], returned: number, later: Iterable<Entry>): (Run & { rows: number[] })[] {
  let least = '~'
  for (const { block } of later) if (block.key < least) least = block.key
  const firsts = entries.map(() => '')
  for (const [index, { block }] of [...entries.entries()].reverse()) {
    if (block.key < least) least = block.key
    firsts[index] = least
  }
  const runs: (Run & { rows: number[] })[] = []
  let first = ''
  entries.forEach(({ time, block, row }, index) => {
    if (time !== entries[index - 1]?.time) first = firsts[index] ?? ''
    if (index < returned) return
    const run = runs.at(-1)
    if (run?.block === block && run.first === first) run.rows.push(row)
    else runs.push({ block, rows: [row], first })
  })
  return runs
}

/** Index of the first row from `row` on that is not before a time. Rows are in the order of their times. */
function findRow(block: StoredBlock, row: number, time: number): number {
  const timeAt = rowTimes(block)
  let [low, high] = [row, block.rows]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (timeAt(middle) < time) low = middle + 1
    else high = middle
  }
  return low
}

/** The numbers from 0 on. */
const numbers: number[] = []

/** A part of an existing array, because adding each number takes several times as long. */
function range(from: number, to: number): number[] {
  while (numbers.length < to) numbers.push(numbers.length)
  return numbers.slice(from, to)
}
