import type { Settings } from '../config.ts'
import { rowTime } from '../measurements/times.ts'
import { dueBlocks, findDue, noteRows, type Place } from '../store/forwarding.ts'
import type { BoxState } from '../store/forwarding-boxes.ts'
import { addToBatch, type Batch, emptyBatch, type Part, type Pending, type Rules } from './batch.ts'
import type { Position } from './position.ts'

/** Blocks of a post, at most: what is kept of them while it is under way must stay small. */
const MOST_BLOCKS = 1_000
/** Blocks are read so many at a time, since each may be large, and a few often make a post. */
const READ_AT_ONCE = 25
/** An upload that fails takes its untimed blocks back; younger than this, it may still do so. */
const TAKEN_BACK_MS = 45_000
/** Further ahead than this, a time is no matter of waiting, but of a clock that is wrong. */
const FUTURE_MS = 24 * 3_600_000

export type BatchSettings = Settings<'OSEM_COLUMNS' | 'OSEM_MIN_SECONDS_BETWEEN_UPLOADS' | 'OSEM_MAX_POSITION_CHANGE'>

export interface Composed {
  batch: Batch
  /** Whether more is due than fits. */
  full: boolean
  /** Blocks whose times are too far ahead to wait for. */
  future: Part[]
  /** Begun blocks that are not due any more: parked, or gone. */
  ended: Part[]
}

/** Puts together what is sent next to a box: what was begun, then what is due, as much as fits into one post. */
export async function compose(
  digest: string,
  state: BoxState,
  position: Position | null,
  settings: BatchSettings,
): Promise<Composed> {
  const now = Date.now()
  const rules: Rules = {
    now,
    columns: settings.OSEM_COLUMNS,
    spacingMs: settings.OSEM_MIN_SECONDS_BETWEEN_UPLOADS * 1_000,
    longestStep: settings.OSEM_MAX_POSITION_CHANGE,
  }
  const batch = emptyBatch({ ...state.progress, position: state.progress.position ?? position })
  const future: Part[] = []
  const ended: Part[] = []
  const most = state.at_most ?? MOST_BLOCKS
  const add = (block: Pending): boolean => {
    const first = rowTime(block, block.sentRows)
    if (block.timeColumn === null && first > now - TAKEN_BACK_MS)
      batch.waitsUntil = Math.min(batch.waitsUntil, first + TAKEN_BACK_MS)
    else if (first > now + FUTURE_MS) future.push(toPark(block))
    else return addToBatch(batch, block, rules) && batch.parts.length < most
    return true
  }
  for (const begun of state.begun) {
    const block = await findDue(begun)
    if (!block) {
      // Whoever redrives it, if it was parked, goes on from there.
      await noteRows(begun)
      ended.push(begun)
    } else if (!add({ ...block, sentRows: begun.rows })) return { batch, full: true, future, ended }
  }
  for await (const places of dueBlocks(digest, READ_AT_ONCE)) {
    const others = places.filter((place) => !state.begun.some((begun) => isSame(place, begun)))
    const blocks = await Promise.all(others.map(findDue))
    for (const block of blocks) if (block && !add(block)) return { batch, full: true, future, ended }
  }
  return { batch, full: false, future, ended }
}

const toPark = ({ series, key, sentRows }: Pending): Part => ({
  series,
  block: key,
  from: sentRows,
  rows: sentRows,
  whole: false,
})

const isSame = (one: Place, other: Place): boolean => one.series === other.series && one.block === other.block
