import type { Position } from '../core/position.ts'
import { firstPosition } from '../measurements/position.ts'
import { log } from '../observability/log.ts'
import { type Batch, withoutParts } from './batch.ts'
import { shortDigest } from './box.ts'
import { type BoxOutcome, claimDueBox, type ForwardingRun, type LeasedBox, releaseLease } from './box-lease.ts'
import { buildBatch } from './build-batch.ts'
import { handleFailure, parkBlocks } from './handle-failure.ts'
import {
  applyChanges,
  createRemoteBox,
  decryptBox,
  encryptBox,
  findAccountBox,
  findBoxChanges,
  type KnownBox,
} from './remote-box.ts'
import { completedState, finishBatch, sendBatch, settleBatch } from './send-batch.ts'
import { findDueBlock, findPositionedBlock } from './store-due-blocks.ts'

/** How long a box waits for its position, and at most for a timestamp in the future. */
const NO_POSITION_MS = 3_600_000
const FUTURE_MS = 300_000

/** Sends the due blocks of one box in at most one post, and stores the progress after each step. */
export async function forwardBox(run: ForwardingRun, box: string, previousServedAt: number): Promise<BoxOutcome> {
  const leased = await claimDueBox(run, box, previousServedAt)
  if (!leased) return 'idle'
  run.summary.boxes += 1
  let parts = leased.state.post?.parts ?? []
  try {
    if (leased.state.post) await settleBatch(leased, leased.state.post)
    const known = await findKnownBox(leased)
    const { batch, isFull, future, ended } = await buildBatch(run, leased, known?.position ?? null)
    parts = batch.parts
    if (ended.length > 0) await leased.save({ begun: withoutParts(leased.state.begun, ended) })
    if (future.length > 0) await parkBlocks(leased, future, 'time_in_future')
    run.summary.left_out += batch.leftOut
    if (batch.measurements.length === 0) return await finishEmptyBatch(leased, batch, isFull)
    const ready = await prepareBox(leased, known, batch)
    if (ready === 'no position') return await waitForPosition(leased)
    const hasSlot = ready !== 'no slot' && Date.now() <= run.deadline && (await run.waitForSlot())
    if (!hasSlot) return await releaseLease(leased, 'stop')
    await sendBatch(leased, ready, batch)
    return await releaseLease(leased, isFull ? 'more' : 'idle')
  } catch (error) {
    return handleFailure(leased, parts, error)
  }
}

/** The stored box, or the matching box of the account; null if it does not exist yet. */
async function findKnownBox({ run, state, save }: LeasedBox): Promise<KnownBox | null> {
  const stored = await decryptBox(state.box, state.sealed)
  if (stored) return stored
  const accountBox = await findAccountBox(state.box, await run.accountBoxes())
  if (accountBox) await save({ sealed: await encryptBox(accountBox) })
  return accountBox
}

/** Creates or changes the box, so that it has a sensor for each column of the batch. */
async function prepareBox(
  { run, digest, state, save }: LeasedBox,
  known: KnownBox | null,
  batch: Batch,
): Promise<KnownBox | 'no position' | 'no slot'> {
  const columns = new Set(batch.measurements.map(({ column }) => column))
  let box = known
  if (!box) {
    const measured = batch.firstPosition ?? (await findLaterPosition(digest))
    const position = measured ?? batch.progress.position ?? run.settings.OSEM_DEFAULT_POSITION
    if (!position) return 'no position'
    if (!(await run.waitForSlot())) return 'no slot'
    box = await createRemoteBox(run, state.box, columns, position)
    await save({ sealed: await encryptBox(box) })
  }
  const changes = await findBoxChanges(state.box, box, columns)
  if (!changes) return box
  // If this fails, the next run must look the box up, or it would change the box twice.
  await save({ sealed: undefined })
  const changed = await applyChanges(run, box, changes)
  await save({ sealed: await encryptBox(changed) })
  return changed
}

/** The position in a later due block, for batches without one. */
async function findLaterPosition(digest: string): Promise<Position | null> {
  const key = await findPositionedBlock(digest)
  const block = key && (await findDueBlock(key))
  return block && firstPosition(block.columns)
}

/** Completes blocks without remaining measurements. Without such blocks, the box waits for its next timestamp. */
async function finishEmptyBatch(leased: LeasedBox, batch: Batch, isFull: boolean): Promise<BoxOutcome> {
  if (batch.parts.length > 0) {
    await leased.save(completedState(leased.state, batch.parts))
    await finishBatch(leased, batch.parts)
    return releaseLease(leased, isFull ? 'more' : 'idle')
  }
  const dueAt = Number.isFinite(batch.waitsUntil) ? Math.min(batch.waitsUntil, Date.now() + FUTURE_MS) : 0
  return releaseLease(leased, 'idle', { due_at: dueAt, ...(dueAt > 0 && { reason: 'time_to_come' }) })
}

function waitForPosition(leased: LeasedBox): Promise<BoxOutcome> {
  log('forward_waiting', { box: shortDigest(leased.digest) })
  return releaseLease(leased, 'idle', { reason: 'no_position', due_at: Date.now() + NO_POSITION_MS })
}
