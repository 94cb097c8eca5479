import { randomUUID } from 'node:crypto'
import { GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { decrypt, encrypt } from '../crypto/encryption.ts'
import { documents, isConditionFailure, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'

/**
 * Bytes of an event: those seen have a few hundred, and what is kept of it must fit an item of the table.
 * @limit Requests | bytes of a webhook
 */
export const EVENT_BYTES = 64_000
/** How long an event is known again, and the outcome of its work kept: providers repeat for minutes, people for weeks. */
const REMEMBERED_MS = 90 * 86_400_000
/** A claim outlives every function that may hold it, and ends before the provider comes again, 30 seconds later. */
const LEASE_MS = 20_000
/** When the sweep looks after work that nobody has come back for. */
const FIRST_SWEEP_MS = 60_000

/** What a provider has told us. It is told again and again: `delivery` names what makes two of them the same. */
export interface ProviderEvent {
  provider: string
  delivery: string
  /** What it is about, for whoever does its work: an interview id. */
  subject: string
  /** As it came. Kept sealed: what a provider sends may hold tokens and names. */
  body: string
  /** UNIX milliseconds. */
  receivedAt: number
}

export interface Job {
  /** Of the event that it belongs to. */
  id: string
  kind: string
  subject: string
  /** How often the sweep has begun it, this time included. */
  attempts: number
  /** When the event came, in UNIX milliseconds. */
  receivedAt: number
  lease: string
}

export type ClaimResult =
  | { state: 'claimed'; work: Job }
  /** Another caller is at it. */
  | { state: 'busy' }
  /** An attempt has failed, the next one is due later. */
  | { state: 'waiting' }
  | { state: 'done'; outcome: string }

export type JobState = Exclude<ClaimResult, { state: 'claimed' }>

const workRecord = z.pipe(
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

/** Keeps an event, once: what comes again changes nothing but the count of its deliveries. */
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

/** Keeps an event and claims the work that it asks for, in one write. */
export async function claimEvent(event: ProviderEvent, kind: string, now: number): Promise<ClaimResult> {
  const { set, values } = await fieldsOf(event)
  return claim(eventId(event), now, {
    set: `, kind = :kind, attempts = if_not_exists(attempts, :zero), ${set}`,
    values: { ...values, ':kind': kind, ':parked': 'parked', ':zero': 0 },
    condition: 'attribute_not_exists(work_state) OR work_state = :parked OR',
  })
}

/** Claims work that is pending and due: what was put off since its id was read stays so. */
export const claimJob = (id: string, now: number): Promise<ClaimResult> =>
  claim(id, now, { set: ' ADD attempts :one', values: { ':one': 1 }, condition: 'due_at <= :now AND' })

async function fieldsOf({ provider, subject, body, receivedAt }: ProviderEvent) {
  const { SEAL_KEY } = await getSettings('SEAL_KEY')
  const fields = {
    provider,
    subject,
    body: await encrypt(body, SEAL_KEY),
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
  more: { set: string; values: object; condition: string },
): Promise<ClaimResult> {
  const lease = randomUUID()
  try {
    const { Attributes } = await documents.send(
      new UpdateCommand({
        ...(await key(id)),
        UpdateExpression: `SET work_state = :pending, outbox = :due, due_at = :sweep, lease_id = :lease, lease_until = :until${more.set}`,
        ConditionExpression: `${more.condition} (work_state = :pending AND lease_until < :now)`,
        ExpressionAttributeValues: {
          ...more.values,
          ':pending': 'pending',
          ':due': 'due',
          ':sweep': now + FIRST_SWEEP_MS,
          ':lease': lease,
          ':until': now + LEASE_MS,
          ':now': now,
        },
        ReturnValues: 'ALL_NEW',
      }),
    )
    return { state: 'claimed', work: { ...workRecord.parse(Attributes), lease } }
  } catch (error) {
    if (!isConditionFailure(error)) throw error
    const Item = await find(id)
    // The answer to a claim may be lost; sent again, it finds itself there.
    if (Item?.['lease_id'] === lease) return { state: 'claimed', work: { ...workRecord.parse(Item), lease } }
    return stateOf(Item, now)
  }
}

/** How the work of an event stands. */
export const jobState = async (id: string, now: number): Promise<JobState> => stateOf(await find(id), now)

async function find(id: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(id)), ConsistentRead: true }))
  return Item
}

async function stateOf(item: Record<string, unknown> | undefined, now: number): Promise<JobState> {
  const { SEAL_KEY } = await getSettings('SEAL_KEY')
  const { work_state, lease_until = 0, outcome } = stateRecord.parse(item ?? {})
  // An outcome that was sealed under another key is lost to us; nobody is told a wrong one.
  const opened =
    work_state === 'done' && outcome !== undefined ? await decrypt(outcome, SEAL_KEY).catch(() => null) : null
  if (opened !== null) return { state: 'done', outcome: opened }
  return { state: lease_until >= now ? 'busy' : 'waiting' }
}

/** Ends work with its outcome, which is kept sealed. False when the claim has passed to another caller. */
export async function finishJob({ id, lease }: Job, outcome: string): Promise<boolean> {
  const { SEAL_KEY } = await getSettings('SEAL_KEY')
  return held(
    id,
    lease,
    'SET work_state = :done, outcome = :outcome REMOVE outbox, due_at, lease_id, lease_until, reason',
    {
      ':done': 'done',
      ':outcome': await encrypt(outcome, SEAL_KEY),
    },
  )
}

/** Gives a claim back after an attempt that failed for `reason`, a code; the sweep begins another at `dueAt`. */
export const rescheduleJob = ({ id, lease }: Job, dueAt: number, reason: string): Promise<boolean> =>
  held(id, lease, 'SET due_at = :due, reason = :reason, lease_until = :never', {
    ':due': dueAt,
    ':reason': reason,
    ':never': 0,
  })

/** Gives work up until a person looks at it, or the provider delivers it again. */
export const deadLetterJob = ({ id, lease }: Job): Promise<boolean> =>
  held(id, lease, 'SET work_state = :parked, outbox = :parked, lease_until = :never', {
    ':parked': 'parked',
    ':never': 0,
  })

async function held(id: string, lease: string, expression: string, values: Record<string, unknown>): Promise<boolean> {
  return sendIfConditionHolds(
    documents.send(
      new UpdateCommand({
        ...(await key(id)),
        UpdateExpression: expression,
        ConditionExpression: 'lease_id = :lease',
        ExpressionAttributeValues: { ...values, ':lease': lease },
      }),
    ),
  )
}

/** Ids of pending work whose time has come, the longest due first. */
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
