import { randomUUID } from 'node:crypto'
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { documents, responseIfConditionHolds, sendIfConditionHolds } from '../dynamodb/client.ts'
import { findDue } from '../dynamodb/due-list.ts'
import { type LeaseAttributes, requireFreeLease, requireHeldLease } from '../dynamodb/lease.ts'
import { listOfShard } from '../dynamodb/shards.ts'
import { createEvent, eventItem, eventKey, type ProviderEvent } from './events.ts'

/** A lease outlives every function that may hold it, and expires before the provider retries, 30 seconds later. */
const LEASE_MS = 20_000
const LEASE: LeaseAttributes = { holder: 'lease_id', until: 'lease_until' }
/** When the scheduled retry picks up a job that its delivery did not finish. */
const FIRST_RETRY_MS = 60_000

/** The work that an event starts, while this caller holds its lease. */
export interface Job {
  /** Key of its event. */
  id: string
  kind: string
  subject: string
  /** Attempts by the scheduled retry, this one included. */
  attempts: number
  /** When the event was received, in UNIX milliseconds. */
  receivedAt: number
  lease: string
  /** What an earlier attempt has achieved: the outcome, and the recipients that have got the event. */
  outcome: string | null
  sentTo: readonly string[]
  /** The attributes of its event. */
  item: Readonly<Record<string, unknown>>
}

/** What an attempt has achieved, of a job that is not done yet. */
export interface Progress {
  outcome: string | null
  sentTo: readonly string[]
}

export type ClaimResult = { state: 'claimed'; job: Job } | JobState

export type JobState =
  /** Another caller holds the lease. */
  | { state: 'running'; kind: string | undefined }
  /** An attempt failed, and the next one is due later. */
  | { state: 'backing off' }
  | { state: 'done'; outcome: string }

const jobRecord = z.object({
  id: z.string(),
  kind: z.string(),
  subject: z.string(),
  attempts: z.number(),
  received_at: z.number(),
  sent_to: z._default(z.array(z.string()), []),
})
const stateRecord = z.object({
  kind: z.optional(z.string()),
  lease_until: z.optional(z.number()),
  outcome: z.optional(z.string()),
})

const key = async (id: string) => ({ TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE, Key: { id } })

/**
 * Stores an event and claims its job, in one write. A job of another kind, which only sends the event on, becomes one of
 * this kind.
 */
export const claimEvent = (event: ProviderEvent, kind: string, now: number): Promise<ClaimResult> =>
  claimNew(
    event,
    kind,
    now,
    'attribute_not_exists(work_state) OR (kind <> :kind OR work_state IN (:pending, :parked)) AND',
    { ':parked': 'parked' },
  )

/** As `claimEvent`, unless the event has a job already. */
export const claimFirst = (event: ProviderEvent, kind: string, now: number): Promise<ClaimResult> =>
  claimNew(event, kind, now, 'attribute_not_exists(work_state) AND')

async function claimNew(
  event: ProviderEvent,
  kind: string,
  now: number,
  condition: string,
  values: Readonly<Record<string, string>> = {},
): Promise<ClaimResult> {
  const lease = randomUUID()
  const item = {
    ...(await eventItem(event)),
    kind,
    attempts: 0,
    deliveries: 1,
    ...claimed(eventKey(event), lease, now),
  }
  if (await createEvent(item, now)) return { state: 'claimed', job: { ...(await toJob(item)), lease } }
  const update = {
    set: ', kind = :kind, attempts = if_not_exists(attempts, :zero)',
    values: { ':kind': kind, ':zero': 0, ...values },
    condition,
  }
  return claim(eventKey(event), now, update, lease)
}

/** The attributes of a job that a caller has claimed. */
const claimed = (id: string, lease: string, now: number) => ({
  work_state: 'pending',
  outbox: listOfShard('due', id),
  due_at: now + FIRST_RETRY_MS,
  [LEASE.holder]: lease,
  [LEASE.until]: now + LEASE_MS,
})

/** Claims a pending job that is due. One that was rescheduled since its id was read is left alone. */
export const claimJob = (id: string, now: number): Promise<ClaimResult> =>
  claim(id, now, {
    set: ' ADD attempts :one',
    values: { ':one': 1 },
    condition: 'work_state = :pending AND due_at <= :now AND',
  })

async function claim(
  id: string,
  now: number,
  update: { set: string; values: object; condition: string },
  lease: string = randomUUID(),
): Promise<ClaimResult> {
  const free = requireFreeLease(LEASE, lease, now)
  const response = await responseIfConditionHolds(
    new UpdateCommand({
      ...(await key(id)),
      ...free,
      UpdateExpression: `SET work_state = :pending, outbox = :due, due_at = :retry, #holder = :holder, #until = :until${update.set}`,
      ConditionExpression: `${update.condition} ${free.ConditionExpression}`,
      ExpressionAttributeValues: {
        ...free.ExpressionAttributeValues,
        ...update.values,
        ':pending': 'pending',
        ':due': listOfShard('due', id),
        ':retry': now + FIRST_RETRY_MS,
        ':until': now + LEASE_MS,
      },
      ReturnValues: 'ALL_NEW',
    }),
  )
  const item = response?.Attributes ?? (await findItem(id))
  // An attempt is counted once: after a lost response the job is no longer due, but has our lease.
  return item?.[LEASE.holder] === lease
    ? { state: 'claimed', job: { ...(await toJob(item)), lease } }
    : stateOf(item, now)
}

async function toJob(item: Record<string, unknown>): Promise<Omit<Job, 'lease'>> {
  const { received_at, sent_to, ...rest } = jobRecord.parse(item)
  return { ...rest, receivedAt: received_at, sentTo: sent_to, outcome: await outcomeOf(item), item }
}

/** The stored outcome; null without one, or if no key decrypts it. */
async function outcomeOf(item: Record<string, unknown>): Promise<string | null> {
  const { outcome } = stateRecord.parse(item)
  return outcome === undefined ? null : tryDecrypt('job_outcome', outcome)
}

/** The state of an event's job. */
export const jobState = async (id: string, now: number): Promise<JobState> => stateOf(await findItem(id), now)

async function findItem(id: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(id)), ConsistentRead: true }))
  return Item
}

/** An event with an outcome is done for its provider, even if it was not sent on yet. */
async function stateOf(item: Record<string, unknown> = {}, now: number): Promise<JobState> {
  const outcome = await outcomeOf(item)
  if (outcome !== null) return { state: 'done', outcome }
  const { kind, lease_until = 0 } = stateRecord.parse(item)
  return lease_until >= now ? { state: 'running', kind } : { state: 'backing off' }
}

/** Ends a job, and stores its encrypted outcome if it has one. False where another caller has acquired the lease. */
export async function finishJob({ id, lease }: Job, { outcome, sentTo }: Progress): Promise<boolean> {
  const { set, values } = await progressFields(outcome, sentTo)
  const update = `SET work_state = :done, ${set} REMOVE outbox, due_at, lease_id, lease_until, reason`
  return updateHeld(id, lease, update, { ...values, ':done': 'done' })
}

/**
 * Releases the lease after a failure, and stores what was achieved. `reason` is a code; the next attempt is due at
 * `dueAt` (UNIX milliseconds), after `attempts` ones.
 */
export async function rescheduleJob(
  { id, lease, attempts: made }: Job,
  dueAt: number,
  reason: string,
  { outcome, sentTo }: Progress,
  attempts: number = made,
): Promise<boolean> {
  const { set, values } = await progressFields(outcome, sentTo)
  const update = `SET due_at = :due, reason = :reason, lease_until = :never, attempts = :attempts, ${set}`
  return updateHeld(id, lease, update, {
    ...values,
    ':due': dueAt,
    ':reason': reason,
    ':never': 0,
    ':attempts': attempts,
  })
}

async function progressFields(outcome: string | null, sentTo: readonly string[]) {
  const values = { ':sent': sentTo, ...(outcome !== null && { ':outcome': await encryptSecret(outcome) }) }
  return { set: `sent_to = :sent${outcome === null ? '' : ', outcome = :outcome'}`, values }
}

/** Stops retrying a job until someone redrives it. One with an outcome also runs when its event is delivered again. */
export const deadLetterJob = ({ id, lease }: Job): Promise<boolean> =>
  updateHeld(id, lease, 'SET work_state = :parked, outbox = :list, lease_until = :never', {
    ':parked': 'parked',
    ':list': listOfShard('parked', id),
    ':never': 0,
  })

async function updateHeld(id: string, lease: string, UpdateExpression: string, values: object): Promise<boolean> {
  const held = requireHeldLease(LEASE, lease)
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await key(id)),
      ...held,
      UpdateExpression,
      ExpressionAttributeValues: { ...held.ExpressionAttributeValues, ...values },
    }),
  )
}

/** Ids of jobs that are due, the longest due first. */
export const dueJobs = (now: number, limit: number): Promise<string[]> => findDue('due', now, limit)
