import { setTimeout as sleep } from 'node:timers/promises'
import { settings } from '../config.ts'
import { logForward } from '../log.ts'
import { count } from '../metrics.ts'
import { ownBoxes } from '../providers/opensensemap.ts'
import { inParallel } from '../store/dynamodb.ts'
import { dueBoxes, findDue } from '../store/forwarding.ts'
import { findBox } from '../store/forwarding-boxes.ts'
import { closeUntil, takeTurn } from '../store/rate.ts'
import { asAccount } from './account.ts'
import type { Run } from './claimed.ts'
import { serveBox } from './serve.ts'

const RATE = 'opensensemap'
const WINDOW_MS = 60_000
const READS_AT_ONCE = 16
/** After so many boxes in a row that openSenseMap has not answered for, it is taken to be down. */
const FAILURES_IN_A_ROW = 3
/** Between the deadline, when nothing is begun, and when all must be over. */
const LEFT_MS = 10_000

/**
 * Forwards what is due to openSenseMap, a box at a time, those first that have waited longest; what the time or the rate
 * does not allow is left to the next run. `deadline` in UNIX milliseconds.
 */
export async function forward(deadline: number): Promise<void> {
  const { OSEM_UPLOAD, OSEM_POSTS_PER_MINUTE, ...own } = await settings(
    'OSEM_UPLOAD',
    'OSEM_POSTS_PER_MINUTE',
    'OSEM_COLUMNS',
    'OSEM_DEFAULT_POSITION',
    'OSEM_MAX_ATTEMPTS',
    'OSEM_MAX_POSITION_CHANGE',
    'OSEM_MIN_SECONDS_BETWEEN_UPLOADS',
  )
  if (!OSEM_UPLOAD) return
  const limit = deadline + LEFT_MS
  const rate = { name: RATE, most: OSEM_POSTS_PER_MINUTE, windowMs: WINDOW_MS }
  let boxes: ReturnType<Run['ownBoxes']> | undefined
  const run: Run = {
    deadline,
    limit,
    settings: own,
    ownBoxes() {
      boxes ??= asAccount(limit, (jwt) => ownBoxes(jwt, limit))
      return boxes
    },
    async takeTurn() {
      for (;;) {
        const next = await takeTurn(rate, Date.now())
        if (next === 0) return true
        if (next > deadline) return false
        await sleep(Math.max(next - Date.now(), 1))
      }
    },
    pause: (ms) => closeUntil(RATE, Date.now() + ms),
    ran: { boxes: 0, posts: 0, measurements: 0, left_out: 0, failed: 0 },
  }
  try {
    await serveAll(run)
  } finally {
    logForward(run.ran)
  }
}

async function serveAll(run: Run): Promise<void> {
  const queue = await readyBoxes(run.deadline)
  let failures = 0
  for (let next = queue.shift(); next && Date.now() < run.deadline; next = queue.shift()) {
    const outcome = await serveBox(run, next)
    failures = outcome === 'failed' ? failures + 1 : 0
    if (outcome === 'stop' || failures === FAILURES_IN_A_ROW) return
    if (outcome === 'more') queue.push(next)
  }
}

/** Names of the boxes that have something due and whose time it is, the longest unserved first. */
async function readyBoxes(until: number): Promise<string[]> {
  const ready: { box: string; servedAt: number }[] = []
  let failing = Infinity
  await inParallel(await dueBoxes(until), READS_AT_ONCE, async ({ digest, tellsPosition, first }) => {
    const state = await findBox(digest)
    failing = Math.min(failing, state?.failing_since ?? Infinity)
    const waited = state?.reason === 'no_position' && tellsPosition
    if ((state?.due_at ?? 0) > Date.now() && !waited) return
    const box = state?.box ?? (await findDue(first))?.box
    if (box !== undefined) ready.push({ box, servedAt: state?.served_at ?? 0 })
  })
  if (failing < Infinity) count('OldestPendingSeconds', { of: 'measurements' }, (Date.now() - failing) / 1000)
  return ready.toSorted((one, other) => one.servedAt - other.servedAt).map(({ box }) => box)
}
