import { inChunks } from '../core/concurrency.ts'
import type { Position } from '../core/position.ts'
import { parseSeriesKey } from '../measurements/store/keys.ts'
import { rowTime } from '../measurements/times.ts'
import {
  addToBatch,
  type Batch,
  type BatchPart,
  type BatchRules,
  emptyBatch,
  type PendingBlock,
  withoutParts,
} from './batch.ts'
import { columnsToForward } from './box.ts'
import type { ForwardingRun, LeasedBox } from './box-lease.ts'
import { findRepeatedRows } from './repeated-rows.ts'
import { dueBlocks, findDueBlock, saveRowCount } from './store-due-blocks.ts'

/** Maximum number of blocks that are read for one post. */
const MAX_BLOCKS = 1_000
/** Maximum size of the block keys of one post: the item of the box stores them while the post is in flight. */
const MAX_KEY_BYTES = 60_000
/** Blocks that are read concurrently. Each may be large, and a few often fill a post. */
const READ_AT_ONCE = 10
/** A failed upload rolls back its blocks without timestamps, but never later than this. */
const ROLLBACK_MS = 45_000
/** A timestamp further in the future comes from a wrong clock. */
const FUTURE_MS = 24 * 3_600_000

export interface BuiltBatch {
  batch: Batch
  /** Whether more is due than fits. */
  isFull: boolean
  /** Blocks with timestamps more than 24 h in the future. */
  future: BatchPart[]
  /** Partly delivered blocks that are no longer due: parked, or deleted. */
  ended: BatchPart[]
}

/** Builds the next post to a box: first the partly delivered blocks, then the due ones, up to the limits of one post. */
export async function buildBatch(
  { deadline, settings }: ForwardingRun,
  { digest, state }: LeasedBox,
  position: Position | null,
): Promise<BuiltBatch> {
  const now = Date.now()
  const rules: BatchRules = {
    now,
    columnsOf: (block) => columnsToForward(parseSeriesKey(block.series).clientId, block, settings),
    spacingMs: settings.OSEM_MIN_SECONDS_BETWEEN_UPLOADS * 1_000,
    maxStep: settings.OSEM_MAX_POSITION_CHANGE,
  }
  const batch = emptyBatch({ ...state.progress, position: state.progress.position ?? position })
  const built: BuiltBatch = { batch, isFull: true, future: [], ended: [] }
  const maxBlocks = state.at_most ?? MAX_BLOCKS
  let keyBytes = 0
  let newest = Math.max(...Object.values(state.newest))
  /** Returns false if the post is full. */
  const add = async (dueBlock: PendingBlock): Promise<boolean> => {
    const first = rowTime(dueBlock, dueBlock.sentRows)
    // Rows without times, or newer than all forwarded ones, repeat no row.
    const block =
      dueBlock.timeColumn === null || first > newest
        ? dueBlock
        : { ...dueBlock, repeatedRows: await findRepeatedRows(dueBlock) }
    newest = Math.max(newest, block.last)
    if (block.timeColumn === null && first > now - ROLLBACK_MS) {
      batch.waitsUntil = Math.min(batch.waitsUntil, first + ROLLBACK_MS)
    } else if (first > now + FUTURE_MS) {
      const { series, key, sentRows } = block
      built.future.push({ series, block: key, from: sentRows, rows: sentRows, whole: false })
    } else {
      const previousParts = batch.parts.length
      const hasRoom = addToBatch(batch, block, rules)
      if (batch.parts.length > previousParts) keyBytes += Buffer.byteLength(block.series) + block.key.length + 60
      return hasRoom && batch.parts.length < maxBlocks && keyBytes < MAX_KEY_BYTES
    }
    return true
  }
  const partlySent = await Promise.all(state.begun.map(async (part) => ({ part, block: await findDueBlock(part) })))
  for (const { part, block } of partlySent) {
    if (!block) {
      // If the block was parked, forwarding continues from this row after a redrive.
      await saveRowCount(part)
      built.ended.push(part)
    } else if (!(await add({ ...block, sentRows: part.rows }))) return built
  }
  let blocksRead = 0
  for await (const keys of inChunks(dueBlocks(digest), READ_AT_ONCE)) {
    const newKeys = withoutParts(keys, state.begun)
    for (const block of await Promise.all(newKeys.map(findDueBlock))) if (block && !(await add(block))) return built
    blocksRead += newKeys.length
    if (blocksRead >= MAX_BLOCKS || Date.now() > deadline) return built
  }
  return { ...built, isFull: false }
}
