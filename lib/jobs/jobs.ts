import { setTimeout as sleep } from 'node:timers/promises'
import { inParallel } from '../core/concurrency.ts'
import { isStorageFailure, Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { log } from '../observability/log.ts'
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

/** Does a job and returns its outcome. After a crash it runs again, and must then return the same outcome. */
export type JobHandler = (subject: string, deadline: number) => Promise<string>

/** Attempts by the scheduled retry, deliveries not included: six in the first hour, then one an hour, for about a day. */
const MAX_ATTEMPTS = 30

/**
 * Stores an event and does its job once, however many deliveries there are. One delivery does it; concurrent ones wait
 * for its outcome, and later ones get the stored outcome. Where the job fails, this throws, so that the provider delivers
 * the event again, and the scheduled retry continues too.
 */
export async function runJobOnce(
  event: ProviderEvent,
  kind: string,
  handler: JobHandler,
  deadline: number,
): Promise<string> {
  const claim = await claimEvent(event, kind, Date.now())
  if (claim.state === 'claimed') return runClaimed(claim.job, handler, deadline)
  let current: JobState = claim
  while (current.state === 'running' && Date.now() + timeBudgets.pollMs < deadline) {
    await sleep(timeBudgets.pollMs)
    current = await jobState(eventId(event), Date.now())
  }
  if (current.state === 'done') return current.outcome
  throw eventInProgress()
}

export const eventInProgress = () =>
  new Problem(
    'event_in_progress',
    'Another delivery of this event is being processed, or has just failed. Try again.',
    {
      headers: { 'retry-after': '30' },
    },
  )

/** Runs a claimed job, and stores its outcome or the time of the next attempt. Throws what the handler throws. */
async function runClaimed(job: Job, handler: JobHandler, deadline: number): Promise<string> {
  try {
    const outcome = await handler(job.subject, deadline)
    if (await finishJob(job, outcome)) return outcome
    // The lease expired and another caller did the job: every delivery returns the stored outcome.
    const current = await jobState(job.id, Date.now())
    return current.state === 'done' ? current.outcome : outcome
  } catch (error) {
    // Without the table the lease expires by itself; waiting for the table would use up the response's time.
    if (!isStorageFailure(error)) await reschedule(job, error instanceof Problem ? error.code : 'internal_error')
    throw error
  }
}

async function reschedule(job: Job, reason: string): Promise<void> {
  const { id, kind, attempts } = job
  log('work_postponed', { event: id, kind, attempts, reason })
  await rescheduleJob(job, Date.now() + delayAfter(attempts), reason)
}

async function deadLetter(job: Job): Promise<void> {
  const { id, kind, attempts } = job
  log('work_parked', { event: id, kind, attempts, reason: 'too_many_attempts' })
  if (await deadLetterJob(job)) countMetric('WorkParked', { kind })
}

/** Jobs read at a time; more are read until none is due, or the time is up. */
const PAGE = 100
const AT_ONCE = 5

/** Starts all due jobs, with the handler of their kind. A failure of one does not affect the others. */
export async function retryJobs(handlers: Readonly<Record<string, JobHandler>>, deadline: number): Promise<void> {
  const summary = { due: 0, done: 0, failed: 0 }
  let oldestFailure = Infinity
  const retry = async (id: string): Promise<void> => {
    if (Date.now() > deadline) return
    let receivedAt = Infinity
    try {
      const claim = await claimJob(id, Date.now())
      if (claim.state !== 'claimed') return
      const { job } = claim
      summary.due += 1
      if (job.attempts > MAX_ATTEMPTS) return await deadLetter(job)
      receivedAt = job.receivedAt
      await runClaimed(job, handlers[job.kind] ?? rejectUnknownKind, providerDeadline(Date.now()))
      summary.done += 1
    } catch (error) {
      summary.failed += 1
      oldestFailure = Math.min(oldestFailure, receivedAt)
      if (!(error instanceof Problem) || isStorageFailure(error)) log('work_failed', { event: id, cause: error })
    }
  }
  for (let before = -1; summary.due > before && Date.now() < deadline; ) {
    before = summary.due
    await inParallel(await dueJobs(Date.now(), PAGE), AT_ONCE, retry)
  }
  if (oldestFailure < Infinity)
    countMetric('OldestPendingSeconds', { of: 'events' }, (Date.now() - oldestFailure) / 1000)
  log('sweep_completed', summary)
}

/** A kind that only a newer version knows: the job is rescheduled and finally dead-lettered, like every failing one. */
const rejectUnknownKind: JobHandler = () => Promise.reject(new Error('no handler for this kind of job'))
