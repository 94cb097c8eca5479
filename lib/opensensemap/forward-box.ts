import { firstPosition, type Position } from '../core/position.ts'
import { logForwardWaiting } from '../observability/log.ts'
import { type Batch, without } from './batch.ts'
import { type Claimed, claim, giveBack, type Outcome, type Run } from './box-lease.ts'
import { compose } from './build-batch.ts'
import { failed, park } from './handle-failure.ts'
import { applyChanges, changesTo, findOwn, type KnownBox, makeBox, sealBox, unsealBox } from './remote-box.ts'
import { dealtWith, finish, send, settlePost } from './send-batch.ts'
import { findDue, placedBlock } from './store-due-blocks.ts'

/** How long to leave a box alone that waits for its position, or for times to come. */
const NO_POSITION_MS = 3_600_000
const FUTURE_MS = 300_000

/** Sends what is due for one box, in one post at most, and keeps at each step how far it has come. */
export async function serveBox(run: Run, box: string, servedBefore: number): Promise<Outcome> {
  const claimed = await claim(run, box, servedBefore)
  if (!claimed) return 'idle'
  run.ran.boxes += 1
  let parts = claimed.state.post?.parts ?? []
  try {
    if (claimed.state.post) await settlePost(claimed, claimed.state.post)
    const known = await lookUp(claimed)
    const { batch, full, future, ended } = await compose(run, claimed, known?.position ?? null)
    parts = batch.parts
    if (ended.length > 0) await claimed.save({ begun: without(claimed.state.begun, ended) })
    if (future.length > 0) await park(claimed, future, 'time_in_future')
    run.ran.left_out += batch.leftOut
    if (batch.measurements.length === 0) return await nothingToSend(claimed, batch, full)
    const ready = await makeReady(claimed, known, batch)
    if (ready === 'no position') return await waitForPosition(claimed)
    const isTurn = ready !== 'no turn' && Date.now() <= run.deadline && (await run.takeTurn())
    if (!isTurn) return await giveBack(claimed, 'stop')
    await send(claimed, ready, batch)
    return await giveBack(claimed, full ? 'more' : 'idle')
  } catch (error) {
    return failed(claimed, parts, error)
  }
}

/** Our box as it is kept, or as it is found among those of the account; null when there is none yet. */
async function lookUp({ run, state, save }: Claimed): Promise<KnownBox | null> {
  const kept = await unsealBox(state.box, state.sealed)
  if (kept) return kept
  const found = await findOwn(state.box, await run.ownBoxes())
  if (found) await save({ sealed: await sealBox(found) })
  return found
}

/** The box with a sensor for each column of the batch, made or changed as need be. */
async function makeReady(
  { run, digest, state, save }: Claimed,
  known: KnownBox | null,
  batch: Batch,
): Promise<KnownBox | 'no position' | 'no turn'> {
  const columns = new Set(batch.measurements.map(({ column }) => column))
  let box = known
  if (!box) {
    const inRows = batch.firstPosition ?? (await positionLater(digest))
    const position = inRows ?? batch.progress.position ?? run.settings.OSEM_DEFAULT_POSITION
    if (!position) return 'no position'
    if (!(await run.takeTurn())) return 'no turn'
    box = await makeBox(run, state.box, columns, position)
    await save({ sealed: await sealBox(box) })
  }
  const changes = await changesTo(state.box, box, columns)
  if (!changes) return box
  // Until it is known how this ends, nothing is known of the box: it would be changed twice.
  await save({ sealed: undefined })
  const changed = await applyChanges(run, box, changes)
  await save({ sealed: await sealBox(changed) })
  return changed
}

/** Where a box is according to a block that comes later, when those that are sent first do not tell. */
async function positionLater(digest: string): Promise<Position | null> {
  const place = await placedBlock(digest)
  const block = place && (await findDue(place))
  return block && firstPosition(block.columns)
}

/** Blocks in which nothing is left to send are done with; others wait for their time to come. */
async function nothingToSend(claimed: Claimed, batch: Batch, full: boolean): Promise<Outcome> {
  if (batch.parts.length > 0) {
    await claimed.save(dealtWith(claimed.state, batch.parts))
    await finish(claimed, batch.parts)
    return giveBack(claimed, full ? 'more' : 'idle')
  }
  const waits = Number.isFinite(batch.waitsUntil) ? Math.min(batch.waitsUntil, Date.now() + FUTURE_MS) : 0
  return giveBack(claimed, 'idle', { due_at: waits, ...(waits > 0 && { reason: 'time_to_come' }) })
}

function waitForPosition(claimed: Claimed): Promise<Outcome> {
  logForwardWaiting(claimed.digest)
  return giveBack(claimed, 'idle', { reason: 'no_position', due_at: Date.now() + NO_POSITION_MS })
}
