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
  boxChanges,
  decryptBox,
  encryptBox,
  findOwnBox,
  type KnownBox,
  prepareBox,
} from './remote-box.ts'
import { completedState, finishBatch, sendBatch, settleBatch } from './send-batch.ts'
import { findDue, toBlockKey } from './store-due-blocks.ts'

/** How long to leave a box alone that waits for its position, or for times to come. */
const NO_POSITION_MS = 3_600_000
const FUTURE_MS = 300_000

/** Sends what is due for one box, in one post at most, and keeps at each step how far it has come. */
export async function forwardBox(run: ForwardingRun, box: string, servedBefore: number): Promise<BoxOutcome> {
  const claimed = await claimDueBox(run, box, servedBefore)
  if (!claimed) return 'idle'
  run.ran.boxes += 1
  let parts = claimed.state.post?.parts ?? []
  try {
    if (claimed.state.post) await settleBatch(claimed, claimed.state.post)
    const known = await lookUp(claimed)
    const { batch, full, future, ended } = await buildBatch(run, claimed, known?.position ?? null)
    parts = batch.parts
    if (ended.length > 0) await claimed.save({ begun: withoutParts(claimed.state.begun, ended) })
    if (future.length > 0) await parkBlocks(claimed, future, 'time_in_future')
    run.ran.left_out += batch.leftOut
    if (batch.measurements.length === 0) return await nothingToSend(claimed, batch, full)
    const ready = await makeReady(claimed, known, batch)
    if (ready === 'no position') return await waitForPosition(claimed)
    const hasSlot = ready !== 'no slot' && Date.now() <= run.deadline && (await run.waitForSlot())
    if (!hasSlot) return await releaseLease(claimed, 'stop')
    await sendBatch(claimed, ready, batch)
    return await releaseLease(claimed, full ? 'more' : 'idle')
  } catch (error) {
    return handleFailure(claimed, parts, error)
  }
}

/** Our box as it is kept, or as it is found among those of the account; null when there is none yet. */
async function lookUp({ run, state, save }: LeasedBox): Promise<KnownBox | null> {
  const kept = await decryptBox(state.box, state.sealed)
  if (kept) return kept
  const found = await findOwnBox(state.box, await run.ownBoxes())
  if (found) await save({ sealed: await encryptBox(found) })
  return found
}

/** The box with a sensor for each column of the batch, made or changed as need be. */
async function makeReady(
  { run, digest, state, save }: LeasedBox,
  known: KnownBox | null,
  batch: Batch,
): Promise<KnownBox | 'no position' | 'no slot'> {
  const columns = new Set(batch.measurements.map(({ column }) => column))
  let box = known
  if (!box) {
    const inRows = batch.firstPosition ?? (await positionLater(digest))
    const position = inRows ?? batch.progress.position ?? run.settings.OSEM_DEFAULT_POSITION
    if (!position) return 'no position'
    if (!(await run.waitForSlot())) return 'no slot'
    box = await prepareBox(run, state.box, columns, position)
    await save({ sealed: await encryptBox(box) })
  }
  const changes = await boxChanges(state.box, box, columns)
  if (!changes) return box
  // Until it is known how this ends, nothing is known of the box: it would be changed twice.
  await save({ sealed: undefined })
  const changed = await applyChanges(run, box, changes)
  await save({ sealed: await encryptBox(changed) })
  return changed
}

/** Where a box is according to a block that comes later, when those that are sent first do not tell. */
async function positionLater(digest: string): Promise<Position | null> {
  const place = await toBlockKey(digest)
  const block = place && (await findDue(place))
  return block && firstPosition(block.columns)
}

/** Blocks in which nothing is left to send are done with; others wait for their time to come. */
async function nothingToSend(claimed: LeasedBox, batch: Batch, full: boolean): Promise<BoxOutcome> {
  if (batch.parts.length > 0) {
    await claimed.save(completedState(claimed.state, batch.parts))
    await finishBatch(claimed, batch.parts)
    return releaseLease(claimed, full ? 'more' : 'idle')
  }
  const waits = Number.isFinite(batch.waitsUntil) ? Math.min(batch.waitsUntil, Date.now() + FUTURE_MS) : 0
  return releaseLease(claimed, 'idle', { due_at: waits, ...(waits > 0 && { reason: 'time_to_come' }) })
}

function waitForPosition(claimed: LeasedBox): Promise<BoxOutcome> {
  log('forward_waiting', { box: shortDigest(claimed.digest) })
  return releaseLease(claimed, 'idle', { reason: 'no_position', due_at: Date.now() + NO_POSITION_MS })
}
