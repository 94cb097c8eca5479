import { setTimeout as sleep } from 'node:timers/promises'
import { isStorageFailure, Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { inParallel } from '../dynamodb/client.ts'
import { logSweep, logWork, logWorkFailed } from '../observability/log.ts'
import { countMetric } from '../observability/metrics.ts'
import { providerDeadline } from '../providers/http.ts'
import { delayAfter } from './backoff.ts'
import {
  claimEvent,
  claimJob,
  deadLetterJob,
  dueJobs,
  eventId,
  finishJob,
  type Job,
  type JobState,
  jobState,
  type ProviderEvent,
  rescheduleJob,
} from './store.ts'

/** Does the work of an event and gives its outcome. It may be done again after a crash: it must come to the same then. */
export type JobHandler = (subject: string, deadline: number) => Promise<string>

/** Of the sweep, not counting deliveries: six in the first hour, then one an hour, about a day in all. */
const MAX_ATTEMPTS = 30

/**
 * Keeps an event and does the work it asks for, once, however often and however much at the same time it is delivered:
 * one delivery does it, the others wait for its outcome, later ones are given it. What fails is refused, so that the
 * provider comes again, and stays pending for the sweep.
 */
export async function runJobOnce(
  event: ProviderEvent,
  kind: string,
  worker: JobHandler,
  deadline: number,
): Promise<string> {
  const claim = await claimEvent(event, kind, Date.now())
  if (claim.state === 'claimed') return settle(claim.work, worker, deadline)
  const id = eventId(event)
  let state: JobState = claim
  while (state.state === 'busy' && Date.now() + timeBudgets.pollMs < deadline) {
    await sleep(timeBudgets.pollMs)
    state = await jobState(id, Date.now())
  }
  if (state.state === 'done') return state.outcome
  throw new Problem('event_in_progress', 'Another delivery of this event is at it, or has just failed: try again.', {
    headers: { 'retry-after': '30' },
  })
}

/** Does work that is claimed, and keeps its outcome, or when to try it again. */
async function settle(work: Job, worker: JobHandler, deadline: number): Promise<string> {
  try {
    const outcome = await worker(work.subject, deadline)
    if (await finishJob(work, outcome)) return outcome
    // The claim ran out and another has done it meanwhile: all are told the same.
    const standing = await jobState(work.id, Date.now())
    return standing.state === 'done' ? standing.outcome : outcome
  } catch (error) {
    // With the table gone, the claim ends by itself; waiting for it would take the time of the answer.
    if (!isStorageFailure(error)) await putOff(work, error instanceof Problem ? error.code : 'internal_error')
    throw error
  }
}

async function putOff(work: Job, reason: string): Promise<void> {
  const { id, kind, attempts } = work
  logWork('work_postponed', { event: id, kind, attempts, reason })
  await rescheduleJob(work, Date.now() + delayAfter(attempts), reason)
}

async function park(work: Job): Promise<void> {
  const { id, kind, attempts } = work
  logWork('work_parked', { event: id, kind, attempts, reason: 'too_many_attempts' })
  if (await deadLetterJob(work)) countMetric('WorkParked', { kind })
}

/** Asked for at once; more are asked for until there are none, or the time is up. */
const PAGE = 100
const AT_ONCE = 5

/** Begins all pending work that is due, by the worker of its kind. One failure keeps no other from being done. */
export async function retryJobs(workers: Readonly<Record<string, JobHandler>>, deadline: number): Promise<void> {
  const ran = { due: 0, done: 0, failed: 0 }
  let oldest = Infinity
  const one = async (id: string): Promise<void> => {
    if (Date.now() > deadline) return
    let received = Infinity
    try {
      const claim = await claimJob(id, Date.now())
      if (claim.state !== 'claimed') return
      ran.due += 1
      if (claim.work.attempts > MAX_ATTEMPTS) return await park(claim.work)
      received = claim.work.receivedAt
      await settle(claim.work, workers[claim.work.kind] ?? nobody, providerDeadline(Date.now()))
      ran.done += 1
    } catch (error) {
      ran.failed += 1
      oldest = Math.min(oldest, received)
      if (!(error instanceof Problem) || isStorageFailure(error)) logWorkFailed(id, error)
    }
  }
  for (let before = -1; ran.due > before && Date.now() < deadline; ) {
    before = ran.due
    await inParallel(await dueJobs(Date.now(), PAGE), AT_ONCE, one)
  }
  if (oldest < Infinity) countMetric('OldestPendingSeconds', { of: 'events' }, (Date.now() - oldest) / 1000)
  logSweep(ran)
}

/** Work of a kind that a newer version has left: it is put off, and given up in the end, like all that fails. */
const nobody: JobHandler = () => Promise.reject(new Error('nobody does work of this kind'))
