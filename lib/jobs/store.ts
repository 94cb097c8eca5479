import { randomUUID } from 'node:crypto'
import { GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { documents, responseIfConditionHolds, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { type LeaseAttributes, requireFreeLease, requireHeldLease } from '../dynamodb/lease.ts'

/**
 * Events seen so far have a few hundred bytes; a stored one must fit an item of the table.
 * @limit Requests | bytes of a webhook
 */
export const EVENT_BYTES = 64_000
/** How long repeated deliveries of an event are recognised, and its outcome stored. */
const REMEMBERED_MS = 90 * 86_400_000
/** A lease outlives every function that may hold it, and expires before the provider retries, 30 seconds later. */
const LEASE_MS = 20_000
const LEASE: LeaseAttributes = { holder: 'lease_id', until: 'lease_until' }
/** When the scheduled retry picks up a job that its delivery did not finish. */
const FIRST_RETRY_MS = 60_000

/** A provider's notification. Providers deliver one several times; `delivery` is the same for all of them. */
export interface ProviderEvent {
  provider: string
  delivery: string
  /** Input of the job: an interview id. */
  subject: string
  /** The raw body. It is stored encrypted, because it may contain tokens and names. */
  body: string
  /** UNIX milliseconds. */
  receivedAt: number
}

/** The work that an event starts, while this caller holds its lease. */
export interface Job {
  /** Id of its event. */
  id: string
  kind: string
  subject: string
  /** Attempts by the scheduled retry, this one included. */
  attempts: number
  /** When the event was received, in UNIX milliseconds. */
  receivedAt: number
  lease: string
}

export type ClaimResult = { state: 'claimed'; job: Job } | JobState

export type JobState =
  /** Another caller holds the lease. */
  | { state: 'running' }
  /** An attempt failed, and the next one is due later. */
  | { state: 'backing off' }
  | { state: 'done'; outcome: string }

const jobRecord = z.pipe(
  z.object({ id: z.string(), kind: z.string(), subject: z.string(), attempts: z.number(), received_at: z.number() }),
  z.transform(({ received_at, ...rest }) => ({ ...rest, receivedAt: received_at })),
)
const stateRecord = z.object({
  work_state: z.optional(z.enum(['pending', 'parked', 'done'])),
  lease_until: z.optional(z.number()),
  outcome: z.optional(z.string()),
})

export const eventId = ({ provider, delivery }: ProviderEvent): string => `event#${provider}#${delivery}`

const key = async (id: string) => ({ TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE, Key: { id } })

/** Stores an event. A repeated delivery changes only the count of its deliveries. */
export async function recordEvent(event: ProviderEvent): Promise<void> {
  const { set, values } = await fieldsOf(event)
  await documents.send(
    new UpdateCommand({
      ...(await key(eventId(event))),
      UpdateExpression: `SET ${set} ADD deliveries :one`,
      ExpressionAttributeValues: { ...values, ':one': 1 },
    }),
  )
}

/** Stores an event and claims its job, in one write. */
export async function claimEvent(event: ProviderEvent, kind: string, now: number): Promise<ClaimResult> {
  const { set, values } = await fieldsOf(event)
  return claim(eventId(event), now, {
    set: `, kind = :kind, attempts = if_not_exists(attempts, :zero), ${set}`,
    values: { ...values, ':kind': kind, ':parked': 'parked', ':zero': 0 },
    condition: 'attribute_not_exists(work_state) OR work_state = :parked OR',
  })
}

/** Claims a pending job that is due. One that was rescheduled since its id was read is left alone. */
export const claimJob = (id: string, now: number): Promise<ClaimResult> =>
  claim(id, now, { set: ' ADD attempts :one', values: { ':one': 1 }, condition: 'due_at <= :now AND' })

async function fieldsOf({ provider, subject, body, receivedAt }: ProviderEvent) {
  const fields = {
    provider,
    subject,
    body: await encryptSecret(body),
    received_at: receivedAt,
    expires_at: unixSeconds(receivedAt + REMEMBERED_MS),
  }
  const names = Object.keys(fields)
  return {
    set: names.map((name) => `${name} = if_not_exists(${name}, :${name})`).join(', '),
    values: Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, value])),
  }
}

async function claim(
  id: string,
  now: number,
  update: { set: string; values: object; condition: string },
): Promise<ClaimResult> {
  const lease = randomUUID()
  const free = requireFreeLease(LEASE, lease, now)
  const response = await responseIfConditionHolds(
    new UpdateCommand({
      ...(await key(id)),
      ...free,
      UpdateExpression: `SET work_state = :pending, outbox = :due, due_at = :retry, #holder = :holder, #until = :until${update.set}`,
      ConditionExpression: `${update.condition} (work_state = :pending AND ${free.ConditionExpression})`,
      ExpressionAttributeValues: {
        ...free.ExpressionAttributeValues,
        ...update.values,
        ':pending': 'pending',
        ':due': 'due',
        ':retry': now + FIRST_RETRY_MS,
        ':until': now + LEASE_MS,
      },
      ReturnValues: 'ALL_NEW',
    }),
  )
  const item = response?.Attributes ?? (await find(id))
  // An attempt is counted once: after a lost response the job is no longer due, but has our lease.
  return item?.[LEASE.holder] === lease
    ? { state: 'claimed', job: { ...jobRecord.parse(item), lease } }
    : stateOf(item, now)
}

/** The state of an event's job. */
export const jobState = async (id: string, now: number): Promise<JobState> => stateOf(await find(id), now)

async function find(id: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(id)), ConsistentRead: true }))
  return Item
}

async function stateOf(item: Record<string, unknown> | undefined, now: number): Promise<JobState> {
  const { work_state, lease_until = 0, outcome } = stateRecord.parse(item ?? {})
  const decrypted = work_state === 'done' && outcome !== undefined ? await tryDecrypt('job_outcome', outcome) : null
  if (decrypted !== null) return { state: 'done', outcome: decrypted }
  return { state: lease_until >= now ? 'running' : 'backing off' }
}

/** Stores the encrypted outcome of a job. False where another caller has acquired the lease. */
export async function finishJob({ id, lease }: Job, outcome: string): Promise<boolean> {
  return updateHeld(
    id,
    lease,
    'SET work_state = :done, outcome = :outcome REMOVE outbox, due_at, lease_id, lease_until, reason',
    {
      ':done': 'done',
      ':outcome': await encryptSecret(outcome),
    },
  )
}

/** Releases the lease after a failure. `reason` is a code; the next attempt is due at `dueAt` (UNIX milliseconds). */
export const rescheduleJob = ({ id, lease }: Job, dueAt: number, reason: string): Promise<boolean> =>
  updateHeld(id, lease, 'SET due_at = :due, reason = :reason, lease_until = :never', {
    ':due': dueAt,
    ':reason': reason,
    ':never': 0,
  })

/** Stops retrying a job until an operator redrives it, or the provider delivers its event again. */
export const deadLetterJob = ({ id, lease }: Job): Promise<boolean> =>
  updateHeld(id, lease, 'SET work_state = :parked, outbox = :parked, lease_until = :never', {
    ':parked': 'parked',
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
export async function dueJobs(now: number, limit: number): Promise<string[]> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: SESSIONS_TABLE,
      IndexName: 'outbox',
      KeyConditionExpression: 'outbox = :due AND due_at <= :now',
      ExpressionAttributeValues: { ':due': 'due', ':now': now },
      Limit: limit,
    }),
  )
  return Items.map((item) => z.object({ id: z.string() }).parse(item).id)
}
