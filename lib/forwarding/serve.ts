import { delayAfter } from '../back-off.ts'
import { logBlocksParked, logForwardFailed, logForwardWaiting } from '../log.ts'
import { count } from '../metrics.ts'
import { isStorageFailure, Problem } from '../problem.ts'
import { refusedWith, tooOftenFor } from '../providers/failure.ts'
import { isConditionFailure } from '../store/dynamodb.ts'
import { parkBlock } from '../store/forwarding.ts'
import type { BoxState } from '../store/forwarding-boxes.ts'
import type { Batch, Part } from './batch.ts'
import { boxDigest } from './box.ts'
import { type Claimed, claim, type Run } from './claimed.ts'
import { compose } from './compose.ts'
import { applyChanges, changesTo, findOwn, type KnownBox, makeBox, sealBox, unsealBox } from './known-box.ts'
import { dealtWith, markWhole, send, settlePost, without } from './post.ts'

/** What came of a turn at a box: there is more to send, or nothing; it failed; no box can be served at present. */
export type Outcome = 'more' | 'idle' | 'failed' | 'stop'

/** How long to leave a box alone that waits for its position, or for times to come. */
const NO_POSITION_MS = 3_600_000
const FUTURE_MS = 300_000
/** Statuses that say that the measurements are at fault, and not the box. */
const AT_FAULT: readonly unknown[] = [413, 422]
/** A block that is refused by itself will hardly ever be taken, and others wait behind it. */
const AT_FAULT_ATTEMPTS = 3
/** Calls that concern all boxes, not the one that is served. */
const ACCOUNT_CALLS: readonly unknown[] = ['sign-in', 'refresh-auth', 'log-in', 'own-boxes']

/** The call that finds out what became of a post. */
const LOOKING_BACK = 'box'
/** A mistake of ours: like all that fails, it is tried again, and keeps no other box waiting. */
const UNEXPECTED = new Problem('internal_error', 'Forwarding failed.')

/** Sends what is due for one box, in one post at most, and keeps at each step how far it has come. */
export async function serveBox(run: Run, box: string): Promise<Outcome> {
  const claimed = await claim(run, boxDigest(box), box)
  if (!claimed) return 'idle'
  run.ran.boxes += 1
  let parts = claimed.state.post?.parts ?? []
  try {
    if (claimed.state.post) await settlePost(claimed, claimed.state.post)
    const known = await lookUp(claimed)
    const composed = await compose(claimed.digest, claimed.state, known?.position ?? null, run.settings)
    const { batch, full, future, ended } = composed
    parts = batch.parts
    if (ended.length > 0) await claimed.save({ begun: without(claimed.state.begun, ended) })
    if (future.length > 0) await park(claimed, future, 'time_in_future')
    run.ran.left_out += batch.leftOut
    if (batch.measurements.length === 0) return await nothingToSend(claimed, batch, full)
    const ready = await makeReady(claimed, known, batch)
    if (ready === 'no position') return await waitForPosition(claimed)
    if (ready === 'no turn' || Date.now() > run.deadline || !(await run.takeTurn()))
      return await giveBack(claimed, 'stop')
    await send(claimed, ready, batch)
    return await giveBack(claimed, full ? 'more' : 'idle')
  } catch (error) {
    return failed(claimed, parts, error)
  }
}

async function giveBack({ save }: Claimed, outcome: Outcome, changes: Partial<BoxState> = {}): Promise<Outcome> {
  await save({ ...changes, lease_until: 0, served_at: Date.now() })
  return outcome
}

/** Our box as it is kept, or as it is found among those of the account; null when there is none yet. */
async function lookUp({ run, state, save }: Claimed): Promise<KnownBox | null> {
  const kept = await unsealBox(state.sealed)
  if (kept) return kept
  const found = await findOwn(state.box, await run.ownBoxes())
  if (found) await save({ sealed: await sealBox(found) })
  return found
}

/** The box with a sensor for each column of the batch, made or changed as need be. */
async function makeReady(
  claimed: Claimed,
  known: KnownBox | null,
  batch: Batch,
): Promise<KnownBox | 'no position' | 'no turn'> {
  const { run, state, save } = claimed
  const columns = new Set(batch.measurements.map(({ column }) => column))
  let box = known
  if (!box) {
    const first = batch.measurements.find(({ position }) => position)?.position
    const position = first ?? batch.progress.position ?? run.settings.OSEM_DEFAULT_POSITION
    if (!position) return 'no position'
    if (!(await run.takeTurn())) return 'no turn'
    box = await makeBox(state.box, columns, position, run.limit)
    await save({ sealed: await sealBox(box) })
  }
  const changes = await changesTo(state.box, box, columns)
  if (!changes) return box
  // Until it is known how this ends, nothing is known of the box: it would be changed twice.
  await save({ sealed: undefined })
  const changed = await applyChanges(box, changes, run.limit)
  await save({ sealed: await sealBox(changed) })
  return changed
}

/** Blocks in which nothing is left to send are done with; others wait for their time to come. */
async function nothingToSend(claimed: Claimed, batch: Batch, full: boolean): Promise<Outcome> {
  if (batch.parts.length > 0) {
    await markWhole(batch.parts)
    return giveBack(claimed, full ? 'more' : 'idle', dealtWith(claimed.state, batch.parts))
  }
  const waits = Number.isFinite(batch.waitsUntil) ? Math.min(batch.waitsUntil, Date.now() + FUTURE_MS) : 0
  return giveBack(claimed, 'idle', { due_at: waits })
}

function waitForPosition(claimed: Claimed): Promise<Outcome> {
  logForwardWaiting(claimed.digest)
  return giveBack(claimed, 'idle', { reason: 'no_position', due_at: Date.now() + NO_POSITION_MS })
}

async function failed(claimed: Claimed, parts: readonly Part[], error: unknown): Promise<Outcome> {
  const { run, digest, state } = claimed
  run.ran.failed += 1
  logForwardFailed(digest, error)
  // With the table gone, or the claim, nothing can be kept: the claim ends by itself.
  if (isStorageFailure(error)) return 'stop'
  if (isConditionFailure(error)) return 'idle'
  const often = tooOftenFor(error)
  if (often !== undefined) await run.pause(often)
  const { code, facts, headers } = error instanceof Problem ? error : UNEXPECTED
  const operation = facts?.['operation']
  const ofAccount = code === 'provider_not_configured' || ACCOUNT_CALLS.includes(operation)
  const failing_since = state.failing_since ?? Date.now()
  if (often !== undefined || ofAccount) return giveBack(claimed, 'stop', { failing_since })

  const status = refusedWith(error)
  // Among several blocks one is at fault; half of them at a time, it is found.
  if (AT_FAULT.includes(status) && operation === 'measurements' && parts.length > 1)
    return giveBack(claimed, 'more', { at_most: Math.ceil(parts.length / 2) })
  const reason = status === undefined ? code : `refused_${operation}_${status}`
  // It may be another box than it was when it was looked up.
  const changes = { reason, failing_since, ...(status !== undefined && { sealed: undefined }) }
  const outcome = status === undefined ? 'failed' : 'idle'
  const failures = state.failures + 1
  const most = AT_FAULT.includes(status)
    ? Math.min(AT_FAULT_ATTEMPTS, run.settings.OSEM_MAX_ATTEMPTS)
    : run.settings.OSEM_MAX_ATTEMPTS
  if (failures < most) {
    const wait = Math.max(delayAfter(failures - 1), Number(headers['retry-after'] ?? 0) * 1_000)
    return giveBack(claimed, outcome, { ...changes, failures, due_at: Date.now() + wait })
  }
  await park(claimed, parts, reason)
  // What became of a post cannot be found out: whoever redrives its blocks takes it to be lost.
  const post = operation === LOOKING_BACK ? undefined : claimed.state.post
  return giveBack(claimed, outcome, {
    ...changes,
    post,
    failures: 0,
    failing_since: undefined,
    at_most: undefined,
    due_at: 0,
  })
}

/** Takes blocks out of what is due, with a reason for whoever looks at them. */
async function park(claimed: Claimed, parts: readonly Part[], reason: string): Promise<void> {
  for (const part of parts) await parkBlock(part, part.from, reason)
  logBlocksParked(claimed.digest, parts.length, reason)
  count('BlockParked', { reason }, parts.length)
  await claimed.save({ begun: without(claimed.state.begun, parts) })
}
