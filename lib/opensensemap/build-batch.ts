import { inChunks } from '../core/concurrency.ts'
import type { Position } from '../core/position.ts'
import { rowTime } from '../measurements/times.ts'
import {
  addToBatch,
  type Batch,
  type BatchPart,
  emptyBatch,
  type PendingBlock,
  type Rules,
  withoutParts,
} from './batch.ts'
import { columnsToForward } from './box.ts'
import type { ForwardingRun, LeasedBox } from './box-lease.ts'
import { dueBlocks, findDue, saveRowCount } from './store-due-blocks.ts'

/** Blocks that are read for a post, at most. */
const MOST_BLOCKS = 1_000
/** Bytes of the keys of its blocks: they are kept while it is under way, together with much else in one item. */
const MOST_KEY_BYTES = 60_000
/** Blocks are read so many at a time, since each may be large, and a few often make a post. */
const READ_AT_ONCE = 10
/** An upload that fails takes its untimed blocks back; younger than this, it may still do so. */
const TAKEN_BACK_MS = 45_000
/** Further ahead than this, a time is no matter of waiting, but of a clock that is wrong. */
const FUTURE_MS = 24 * 3_600_000

export interface BuiltBatch {
  batch: Batch
  /** Whether more is due than fits. */
  full: boolean
  /** Blocks whose times are too far ahead to wait for. */
  future: BatchPart[]
  /** Begun blocks that are not due any more: parked, or gone. */
  ended: BatchPart[]
}

/** Puts together what is sent next to a box: what was begun, then what is due, as much as fits into one post. */
export async function buildBatch(
  { deadline, settings }: ForwardingRun,
  { digest, state }: LeasedBox,
  position: Position | null,
): Promise<BuiltBatch> {
  const now = Date.now()
  const rules: Rules = {
    now,
    columnsOf: (block) => columnsToForward(block.series.split('#')[0] ?? '', block, settings),
    spacingMs: settings.OSEM_MIN_SECONDS_BETWEEN_UPLOADS * 1_000,
    longestStep: settings.OSEM_MAX_POSITION_CHANGE,
  }
  const batch = emptyBatch({ ...state.progress, position: state.progress.position ?? position })
  const composed: BuiltBatch = { batch, full: true, future: [], ended: [] }
  const most = state.at_most ?? MOST_BLOCKS
  let keyBytes = 0
  /** False when nothing more belongs into the post. */
  const add = (block: PendingBlock): boolean => {
    const first = rowTime(block, block.sentRows)
    if (block.timeColumn === null && first > now - TAKEN_BACK_MS) {
      batch.waitsUntil = Math.min(batch.waitsUntil, first + TAKEN_BACK_MS)
    } else if (first > now + FUTURE_MS) {
      const { series, key, sentRows } = block
      composed.future.push({ series, block: key, from: sentRows, rows: sentRows, whole: false })
    } else {
      const before = batch.parts.length
      const isOpen = addToBatch(batch, block, rules)
      if (batch.parts.length > before) keyBytes += Buffer.byteLength(block.series) + block.key.length + 60
      return isOpen && batch.parts.length < most && keyBytes < MOST_KEY_BYTES
    }
    return true
  }
  const begun = await Promise.all(state.begun.map(async (part) => ({ part, block: await findDue(part) })))
  for (const { part, block } of begun) {
    if (!block) {
      // Whoever redrives it, if it was parked, goes on from there.
      await saveRowCount(part)
      composed.ended.push(part)
    } else if (!add({ ...block, sentRows: part.rows })) return composed
  }
  let read = 0
  for await (const places of inChunks(dueBlocks(digest), READ_AT_ONCE)) {
    const others = withoutParts(places, state.begun)
    for (const block of await Promise.all(others.map(findDue))) if (block && !add(block)) return composed
    read += others.length
    if (read >= MOST_BLOCKS || Date.now() > deadline) return composed
  }
  return { ...composed, full: false }
}
