import { setTimeout as sleep } from 'node:timers/promises'
import { inParallel } from '../core/concurrency.ts'
import { isStorageFailure, Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { log } from '../observability/log.ts'
import { countMetric } from '../observability/metrics.ts'
import { providerDeadline } from '../providers/http.ts'
import { delayAfter, LONGEST_DELAY_MS } from './backoff.ts'
import { eventId, eventKey, type ProviderEvent, providerOfKey } from './events.ts'
import {
  claimEvent,
  claimFirst,
  claimJob,
  deadLetterJob,
  dueJobs,
  finishJob,
  type Job,
  type JobState,
  jobState,
  type Progress,
  rescheduleJob,
} from './store.ts'

/** Does a job and returns its outcome. After a crash it runs again, and must then return the same outcome. */
export type JobHandler = (subject: string, deadline: number) => Promise<string>

/** Who has got an event, and why others have not; null if all have. */
export interface SendResult {
  sentTo: readonly string[]
  failure: unknown
}

/** The work for an event. Each part is repeated until it succeeds; one does not wait for the other. */
export interface JobWork {
  process?: JobHandler
  /** Sends the event to its recipients, except those that have got it. */
  send?: (job: Job, deadline: number) => Promise<SendResult>
}

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
  work: JobWork & { process: JobHandler },
  deadline: number,
): Promise<string> {
  const claim = await claimEvent(event, kind, Date.now())
  if (claim.state === 'claimed') return (await runClaimed(claim.job, work, deadline)).outcome ?? ''
  let current: JobState = claim
  while (current.state === 'running' && Date.now() + timeBudgets.pollMs < deadline) {
    await sleep(timeBudgets.pollMs)
    current = await jobState(eventKey(event), Date.now())
  }
  if (current.state === 'done') return current.outcome
  // A job that only sends the event on has ended: this one has not started.
  const isOther = claim.state === 'running' && claim.kind !== kind && current.state === 'backing off'
  if (isOther) return runJobOnce(event, kind, work, deadline)
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

/**
 * Stores an event and tries its job once, if the event is new. The response to the provider does not depend on the
 * job: where it fails, the scheduled retry continues.
 */
export async function startJob(event: ProviderEvent, kind: string, work: JobWork, deadline: number): Promise<void> {
  const claim = await claimFirst(event, kind, Date.now())
  // The failure is stored and logged. If the table fails now, the lease expires, and the retry finds the job.
  if (claim.state === 'claimed') await runClaimed(claim.job, work, deadline).catch(() => undefined)
}

/**
 * Runs what is left of a claimed job, and stores what it achieved, or the time of the next attempt too. Throws what the
 * processing throws; `failure` is why a recipient has not got the event.
 */
async function runClaimed(
  job: Job,
  { process, send }: JobWork,
  deadline: number,
): Promise<{ outcome: string | null; failure: unknown }> {
  const [processed, sent] = await Promise.allSettled([
    job.outcome ?? process?.(job.subject, deadline) ?? null,
    send?.(job, deadline) ?? { sentTo: job.sentTo, failure: null },
  ])
  const { sentTo, failure } = sent.status === 'fulfilled' ? sent.value : { sentTo: job.sentTo, failure: sent.reason }
  try {
    if (processed.status === 'rejected') throw processed.reason
    const outcome = processed.value
    if (failure !== null) await reschedule(job, failure, { outcome, sentTo })
    else if (!(await finishJob(job, { outcome, sentTo }))) {
      // The lease expired and another caller did the job: every delivery returns the stored outcome.
      const current = await jobState(job.id, Date.now())
      return { outcome: current.state === 'done' ? current.outcome : outcome, failure }
    }
    return { outcome, failure }
  } catch (error) {
    // Without the table the lease expires by itself; waiting for the table would use up the response's time.
    if (!isStorageFailure(error)) await reschedule(job, error, { outcome: job.outcome, sentTo })
    throw error
  }
}

async function reschedule(job: Job, failure: unknown, progress: Progress): Promise<void> {
  const { id, kind, attempts } = job
  const reason = failure instanceof Problem ? failure.code : 'internal_error'
  log('work_postponed', { event: eventId(id), kind, attempts, reason })
  const dueAt = Date.now() + Math.max(delayAfter(attempts), requestedDelay(failure))
  // Without an attempt at its recipient, a job must not become a dead letter.
  const isUntried = failure instanceof Problem && failure.facts?.['reason'] === PAUSED
  await rescheduleJob(job, dueAt, reason, progress, isUntried ? Math.min(attempts, MAX_ATTEMPTS - 1) : attempts)
}

/** The reason of a failure without an attempt. */
export const PAUSED = 'paused'

/** The delay in milliseconds that a recipient asks for, which is obeyed up to an hour. */
function requestedDelay(failure: unknown): number {
  const seconds = failure instanceof Problem ? failure.facts?.['retryAfterSeconds'] : undefined
  return typeof seconds === 'number' ? Math.min(seconds * 1_000, LONGEST_DELAY_MS) : 0
}

async function deadLetter(job: Job): Promise<void> {
  const { id, kind, attempts } = job
  log('work_parked', { event: eventId(id), kind, attempts, reason: 'too_many_attempts' })
  if (await deadLetterJob(job)) countMetric('WorkParked', { kind, provider: providerOfKey(id) })
}

/** Jobs read at a time; more are read until none is due, or the time is up. */
const PAGE = 1_000
/** Jobs of one provider that run at a time, so that a slow recipient does not delay the events of others. */
const AT_ONCE = 3
const PROVIDERS_AT_ONCE = 10

/** Starts all due jobs, with the work of their kind. A failure of one does not affect the others. */
export async function retryJobs(works: Readonly<Record<string, JobWork>>, deadline: number): Promise<void> {
  const summary = { due: 0, done: 0, failed: 0 }
  /** By provider, in UNIX milliseconds. */
  const oldestFailures = new Map<string, number>()
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
      const { failure } = await runClaimed(job, works[job.kind] ?? unknownKind, providerDeadline(Date.now()))
      if (failure !== null) throw failure
      summary.done += 1
    } catch (error) {
      summary.failed += 1
      const provider = providerOfKey(id)
      oldestFailures.set(provider, Math.min(oldestFailures.get(provider) ?? Infinity, receivedAt))
      if (!(error instanceof Problem) || isStorageFailure(error))
        log('work_failed', { event: eventId(id), cause: error })
    }
  }
  for (let before = -1; summary.due > before && Date.now() < deadline; ) {
    before = summary.due
    const groups = Map.groupBy(await dueJobs(Date.now(), PAGE), providerOfKey)
    await inParallel(groups.values(), PROVIDERS_AT_ONCE, (ids) => inParallel(ids, AT_ONCE, retry))
  }
  for (const [of, receivedAt] of oldestFailures)
    if (receivedAt < Infinity) countMetric('OldestPendingSeconds', { of }, (Date.now() - receivedAt) / 1000)
  log('sweep_completed', summary)
}

/** A kind that only a newer version knows: the job is rescheduled and finally dead-lettered, like every failing one. */
const unknownKind: JobWork = { process: () => Promise.reject(new Error('no work for this kind of job')) }
