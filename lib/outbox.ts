import { setTimeout as sleep } from 'node:timers/promises'
import { logSweep, logWork } from './log.ts'
import { count } from './metrics.ts'
import { Problem } from './problem.ts'
import { providerDeadline } from './providers/http.ts'
import { inParallel } from './store/dynamodb.ts'
import {
  type Claim,
  claimEvent,
  claimWork,
  dueWork,
  type Event,
  eventId,
  finishWork,
  parkWork,
  postponeWork,
  type Work,
  workState,
} from './store/events.ts'

/** Does the work of an event and gives its outcome. It may be done again after a crash: it must come to the same then. */
export type Worker = (subject: string, deadline: number) => Promise<string>

const FIRST_DELAY_MS = 60_000
const LONGEST_DELAY_MS = 3_600_000
/** About a day: six attempts in the first hour, then one an hour. */
const MAX_ATTEMPTS = 30
/** Between looks at work that another caller is at. */
const POLL_MS = 200

/** How long to wait after so many attempts, in milliseconds: doubling, an hour at most. */
export const delayAfter = (attempts: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 30), LONGEST_DELAY_MS)

/**
 * Keeps an event and does the work it asks for, once, however often and however much at the same time it is delivered:
 * one delivery does it, the others wait for its outcome, later ones are given it. What fails is refused, so that the
 * provider comes again, and stays pending for the sweep.
 */
export async function workOnce(event: Event, kind: string, worker: Worker, deadline: number): Promise<string> {
  const claim = await claimEvent(event, kind, Date.now())
  if (claim.state === 'claimed') return settle(claim.work, worker, deadline)
  const id = eventId(event)
  let state: Claim = claim
  while (state.state === 'busy' && Date.now() + POLL_MS < deadline) {
    await sleep(POLL_MS)
    state = await workState(id, Date.now())
  }
  if (state.state === 'done') return state.outcome
  throw new Problem('event_in_progress', 'Another delivery of this event is at it, or has just failed: try again.', {
    headers: { 'retry-after': '30' },
  })
}

/** Does work that is claimed, and keeps its outcome, or when to try it again. */
export async function settle(work: Work, worker: Worker, deadline: number): Promise<string> {
  let outcome: string
  try {
    outcome = await worker(work.subject, deadline)
  } catch (error) {
    await giveBack(work, error instanceof Problem ? error.code : 'internal_error')
    throw error
  }
  await finishWork(work, outcome)
  return outcome
}

async function giveBack(work: Work, reason: string): Promise<void> {
  const parked = work.attempts >= MAX_ATTEMPTS
  logWork(parked ? 'work_parked' : 'work_postponed', {
    event: work.id,
    kind: work.kind,
    attempts: work.attempts,
    reason,
  })
  if (!parked) return void (await postponeWork(work, Date.now() + delayAfter(work.attempts), reason))
  if (await parkWork(work, reason)) count('WorkParked', { kind: work.kind })
}

/** Looked at in one run: more wait for the next, so that a run has an end. */
const SWEPT = 100
const AT_ONCE = 5

/** Begins all pending work that is due, by the worker of its kind. One failure keeps no other from being done. */
export async function sweep(workers: Readonly<Record<string, Worker>>, deadline: number): Promise<void> {
  const ids = await dueWork(Date.now(), SWEPT)
  const ran = { due: ids.length, done: 0, failed: 0 }
  await inParallel(ids, AT_ONCE, async (id) => {
    if (Date.now() > deadline) return
    const claim = await claimWork(id, Date.now())
    if (claim.state !== 'claimed') return
    await settle(claim.work, workers[claim.work.kind] ?? nobody, providerDeadline(Date.now())).then(
      () => ran.done++,
      () => ran.failed++,
    )
  })
  logSweep(ran)
}

/** Work of a kind that a newer version has left: it is put off, and given up in the end, like all that fails. */
const nobody: Worker = () => Promise.reject(new Error('nobody does work of this kind'))
