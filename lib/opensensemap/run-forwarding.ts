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
import { boxDigest, FORWARDING_FILTERS, shortDigest } from './box.ts'
import type { BoxOutcome, ForwardingRun } from './box-lease.ts'
import { fetchAccountBoxes } from './client.ts'
import { forwardBox } from './forward-box.ts'
import { deferBox, findBox } from './store-boxes.ts'
import { type BlockKey, dueBoxes, findDueBlock } from './store-due-blocks.ts'

const RATE = 'opensensemap'
/** One minute plus network latency, because openSenseMap's window starts when a post arrives. */
const WINDOW_MS = 61_000
const READS_AT_ONCE = 16
/** After this many boxes in a row without a response, openSenseMap is treated as down. */
const FAILURES_IN_A_ROW = 3
/** Share of a run for listing the boxes with due blocks. */
const LISTING_SHARE = 1 / 3
/** Maximum wait of a box. */
const LONGEST_WAIT_MS = 3_600_000

/**
 * Forwards due blocks to openSenseMap, one box at a time, the longest waiting first. The next run continues after the
 * deadline (UNIX milliseconds) or the rate limit.
 */
export async function runForwarding(deadline: number): Promise<void> {
  const { OSEM_POSTS_PER_MINUTE, ...settings } = await getSettings(
    'OSEM_POSTS_PER_MINUTE',
    ...FORWARDING_FILTERS,
    'OSEM_DEFAULT_POSITION',
    'OSEM_MAX_ATTEMPTS',
    'OSEM_MAX_POSITION_CHANGE',
    'OSEM_MIN_SECONDS_BETWEEN_UPLOADS',
  )
  if (!settings.OSEM_UPLOAD || (await pausedUntil(RATE)) > deadline) return
  const run = newRun(deadline, { limit: OSEM_POSTS_PER_MINUTE, windowMs: WINDOW_MS }, settings)
  try {
    await forwardBoxes(run)
  } finally {
    log('forward_completed', run.summary)
  }
}

function newRun(deadline: number, rate: RateLimit, settings: ForwardingRun['settings']): ForwardingRun {
  const limit = deadline + timeBudgets.scheduleReserveMs - timeBudgets.scheduleReturnMs
  let boxes: ReturnType<ForwardingRun['accountBoxes']> | undefined
  let accountError: unknown
  const run: ForwardingRun = {
    deadline,
    limit,
    settings,
    async asAccount(call) {
      if (accountError !== undefined) throw accountError
      return withAccountSession(limit, call).catch((error: unknown) => {
        if (isAccountFailure(error)) accountError = error
        throw error
      })
    },
    accountBoxes() {
      boxes ??= run.asAccount((jwt) => fetchAccountBoxes(jwt, limit))
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
    summary: { boxes: 0, posts: 0, measurements: 0, left_out: 0, failed: 0 },
  }
  return run
}

async function forwardBoxes(run: ForwardingRun): Promise<void> {
  let queue = await findReadyBoxes(run)
  let failures = 0
  for (let next = queue.shift(); next && Date.now() < run.deadline; next = queue.shift()) {
    const { box, servedAt } = next
    const outcome = await forwardBox(run, box, servedAt).catch((error: unknown) => deferFailedBox(box, error))
    failures = outcome === 'failed' ? failures + 1 : 0
    if (outcome === 'stop' || failures === FAILURES_IN_A_ROW) return
    if (outcome === 'no account') queue = queue.filter(({ isKnown }) => isKnown)
    if (outcome === 'more') queue.push({ ...next, servedAt: Date.now() })
  }
}

/** After an unexpected failure, such as a state that is too large to store, the box is deferred so that others continue. */
async function deferFailedBox(box: string, error: unknown): Promise<BoxOutcome> {
  if (isStorageFailure(error)) throw error
  log('forward_failed', { box: shortDigest(boxDigest(box)), cause: error })
  if (!isConditionFailure(error)) await deferBox(boxDigest(box), Date.now() + LONGEST_WAIT_MS)
  return 'idle'
}

interface ReadyBox {
  box: string
  servedAt: number
  /** Whether it exists at openSenseMap. */
  isKnown: boolean
}

/** The boxes with due blocks whose wait has ended. */
async function findReadyBoxes({ deadline, settings }: ForwardingRun): Promise<ReadyBox[]> {
  const boxes: ReadyBox[] = []
  const until = Date.now() + (deadline - Date.now()) * LISTING_SHARE
  let oldestFailure = Infinity
  await inParallel(await dueBoxes(until), READS_AT_ONCE, async ({ digest, hasPosition, first }) => {
    if (Date.now() > deadline) return
    const state = await findBox(digest)
    oldestFailure = Math.min(oldestFailure, state?.failing_since ?? Infinity)
    const canBePlaced = hasPosition || settings.OSEM_DEFAULT_POSITION !== undefined
    const dueAt = state?.due_at ?? 0
    // A time after the longest wait was set by a wrong clock.
    const isWaiting = dueAt > Date.now() && dueAt <= Date.now() + 2 * LONGEST_WAIT_MS
    if (isWaiting && !(state?.reason === 'no_position' && canBePlaced)) return
    const box = state?.box ?? (await findBoxName(digest, first))
    if (box !== undefined) boxes.push({ box, servedAt: state?.served_at ?? 0, isKnown: state?.sealed !== undefined })
  })
  if (oldestFailure < Infinity)
    countMetric('OldestPendingSeconds', { of: 'measurements' }, (Date.now() - oldestFailure) / 1000)
  return scheduleOrder(boxes)
}

const findBoxName = (digest: string, first: BlockKey): Promise<string | undefined> =>
  findDueBlock(first).then(
    (block) => block?.box,
    (error: unknown) => {
      if (isStorageFailure(error)) throw error
      log('forward_failed', { box: shortDigest(digest), cause: error })
      return undefined
    },
  )

/** The longest waiting first. Every third box is a new one, so that new boxes do not delay the known ones. */
function scheduleOrder(boxes: readonly ReadyBox[]): ReadyBox[] {
  const byAge = boxes.toSorted((a, b) => a.servedAt - b.servedAt)
  const known = byAge.filter(({ isKnown }) => isKnown)
  const newBoxes = byAge.filter(({ isKnown }) => !isKnown)
  return newBoxes.reduce((queue, box, index) => queue.toSpliced(3 * index + 2, 0, box), known)
}
