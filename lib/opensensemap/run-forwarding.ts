import { setTimeout as sleep } from 'node:timers/promises'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { isStorageFailure } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { isConditionFailure } from '../dynamodb/client.ts'
import { acquireSlot, pausedUntil, pauseUntil, type RateLimit } from '../dynamodb/rate-limit.ts'
import { log } from '../observability/log.ts'
import { countMetric } from '../observability/metrics.ts'
import { isAccountFailure, withAccountSession } from './account-session.ts'
import { boxDigest, shortDigest } from './box.ts'
import type { BoxOutcome, ForwardingRun } from './box-lease.ts'
import { ownBoxes } from './client.ts'
import { forwardBox } from './forward-box.ts'
import { deferBox, findBox } from './store-boxes.ts'
import { type BlockKey, dueBoxes, findDue } from './store-due-blocks.ts'

const RATE = 'opensensemap'
/** A minute, and some for the way to openSenseMap, which counts from when a post arrives. */
const WINDOW_MS = 61_000
const READS_AT_ONCE = 16
/** After so many boxes in a row that openSenseMap has not answered for, it is taken to be down. */
const FAILURES_IN_A_ROW = 3
/** Of a run, for finding out which boxes have something due. */
const LISTING_SHARE = 1 / 3
/** No box is put off for longer. */
const LONGEST_WAIT_MS = 3_600_000

/**
 * Forwards what is due to openSenseMap, a box at a time, those first that have waited longest; what the time or the rate
 * does not allow is left to the next run. `deadline` in UNIX milliseconds.
 */
export async function runForwarding(deadline: number): Promise<void> {
  const { OSEM_POSTS_PER_MINUTE, ...own } = await getSettings(
    'OSEM_POSTS_PER_MINUTE',
    'OSEM_UPLOAD',
    'OSEM_CLIENTS',
    'OSEM_BOXES',
    'OSEM_COLUMNS',
    'OSEM_DEFAULT_POSITION',
    'OSEM_MAX_ATTEMPTS',
    'OSEM_MAX_POSITION_CHANGE',
    'OSEM_MIN_SECONDS_BETWEEN_UPLOADS',
  )
  if (!own.OSEM_UPLOAD || (await pausedUntil(RATE)) > deadline) return
  const run = newRun(deadline, { limit: OSEM_POSTS_PER_MINUTE, windowMs: WINDOW_MS }, own)
  try {
    await serveAll(run)
  } finally {
    log('forward_completed', run.ran)
  }
}

function newRun(deadline: number, rate: RateLimit, own: ForwardingRun['settings']): ForwardingRun {
  const limit = deadline + timeBudgets.scheduleReserveMs - timeBudgets.scheduleReturnMs
  let boxes: ReturnType<ForwardingRun['ownBoxes']> | undefined
  let noAccount: unknown
  const run: ForwardingRun = {
    deadline,
    limit,
    settings: own,
    async asAccount(call) {
      if (noAccount !== undefined) throw noAccount
      return withAccountSession(limit, call).catch((error: unknown) => {
        if (isAccountFailure(error)) noAccount = error
        throw error
      })
    },
    ownBoxes() {
      boxes ??= run.asAccount((jwt) => ownBoxes(jwt, limit))
      return boxes
    },
    async waitForSlot() {
      for (;;) {
        const next = await acquireSlot(RATE, rate, Date.now())
        if (next === 0) return true
        if (next > deadline) return false
        await sleep(Math.max(next - Date.now(), 1))
      }
    },
    pause: (ms) => pauseUntil(RATE, Date.now() + ms),
    ran: { boxes: 0, posts: 0, measurements: 0, left_out: 0, failed: 0 },
  }
  return run
}

async function serveAll(run: ForwardingRun): Promise<void> {
  let queue = await readyBoxes(run)
  let failures = 0
  for (let next = queue.shift(); next && Date.now() < run.deadline; next = queue.shift()) {
    const { box, servedAt } = next
    const outcome = await forwardBox(run, box, servedAt).catch((error: unknown) => notServed(box, error))
    failures = outcome === 'failed' ? failures + 1 : 0
    if (outcome === 'stop' || failures === FAILURES_IN_A_ROW) return
    if (outcome === 'no account') queue = queue.filter(({ isKnown }) => isKnown)
    if (outcome === 'more') queue.push({ ...next, servedAt: Date.now() })
  }
}

/** A box that fails in an unknown way, such as one whose state has grown too large to be kept, keeps no other waiting. */
async function notServed(box: string, error: unknown): Promise<BoxOutcome> {
  if (isStorageFailure(error)) throw error
  log('forward_failed', { box: shortDigest(boxDigest(box)), cause: error })
  if (!isConditionFailure(error)) await deferBox(boxDigest(box), Date.now() + LONGEST_WAIT_MS)
  return 'idle'
}

interface Ready {
  box: string
  servedAt: number
  /** Whether it is known at openSenseMap. */
  isKnown: boolean
}

/** The boxes that have something due and whose time it is. */
async function readyBoxes({ deadline, settings }: ForwardingRun): Promise<Ready[]> {
  const ready: Ready[] = []
  const until = Date.now() + (deadline - Date.now()) * LISTING_SHARE
  let failing = Infinity
  await inParallel(await dueBoxes(until), READS_AT_ONCE, async ({ digest, tellsPosition, first }) => {
    if (Date.now() > deadline) return
    const state = await findBox(digest)
    failing = Math.min(failing, state?.failing_since ?? Infinity)
    const waited = state?.reason === 'no_position' && (tellsPosition || settings.OSEM_DEFAULT_POSITION !== undefined)
    const dueAt = state?.due_at ?? 0
    // A time that lies further ahead than any wait was set by a clock that is wrong.
    if (dueAt > Date.now() && dueAt <= Date.now() + 2 * LONGEST_WAIT_MS && !waited) return
    const box = state?.box ?? (await nameOf(digest, first))
    if (box !== undefined) ready.push({ box, servedAt: state?.served_at ?? 0, isKnown: state?.sealed !== undefined })
  })
  if (failing < Infinity) countMetric('OldestPendingSeconds', { of: 'measurements' }, (Date.now() - failing) / 1000)
  return inTurn(ready)
}

const nameOf = (digest: string, first: BlockKey): Promise<string | undefined> =>
  findDue(first).then(
    (block) => block?.box,
    (error: unknown) => {
      if (isStorageFailure(error)) throw error
      log('forward_failed', { box: shortDigest(digest), cause: error })
      return undefined
    },
  )

/** The longest unserved first; of each three one that is still to be made, so that new ones do not keep others waiting. */
function inTurn(ready: readonly Ready[]): Ready[] {
  const byAge = ready.toSorted((one, other) => one.servedAt - other.servedAt)
  const known = byAge.filter(({ isKnown }) => isKnown)
  const fresh = byAge.filter(({ isKnown }) => !isKnown)
  return fresh.reduce((queue, box, index) => queue.toSpliced(3 * index + 2, 0, box), known)
}
