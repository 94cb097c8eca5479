import { randomUUID } from 'node:crypto'
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { documents, responseIfConditionHolds, sendIfConditionHolds, unixSeconds } from './client.ts'

/** A policy: at most `limit` within `windowMs` milliseconds. */
export interface RateLimit {
  limit: number
  windowMs: number
}

const table = async () => (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE

// Attempts: a counter per key in a fixed window, which the first attempt starts. A rejected attempt writes nothing.

/** A policy for attempts. `message` starts the sentence that a rejected caller reads: Too many calls. */
export interface AttemptLimit extends RateLimit {
  message: string
}

export interface AttemptWindow {
  attempts: number
  /** UNIX milliseconds of the first attempt. */
  since: number
  /** `too_many_attempts` (429) where the limit allows no further attempt. */
  rejection: Problem | null
}

/** Clocks of Lambda hosts differ by less. A window that starts later was stored by a wrong clock, and is ignored. */
const SKEW_MS = 60_000

const attemptRecord = z.object({ attempts: z.number(), since: z.number() })

const attemptKey = async (name: string) => ({ TableName: await table(), Key: { id: `attempts#${name}` } })

/**
 * Records an attempt before it is made, so that concurrent attempts are all counted. Where the limit is reached, nothing
 * is recorded, and `rejection` is set.
 */
export async function recordAttempt(name: string, policy: AttemptLimit, now: number): Promise<AttemptWindow> {
  const { limit, windowMs } = policy
  const values = { ':one': 1, ':start': now - windowMs, ':horizon': now + SKEW_MS, ':ttl': unixSeconds(now + windowMs) }
  const update = async (UpdateExpression: string, ConditionExpression: string, more: Record<string, number>) =>
    responseIfConditionHolds(
      new UpdateCommand({
        ...(await attemptKey(name)),
        UpdateExpression,
        ConditionExpression,
        ExpressionAttributeValues: { ...values, ...more },
        ReturnValues: 'ALL_NEW',
      }),
    )
  // Most attempts are the first of their window.
  const response =
    (await update(
      'SET since = :now, attempts = :one, expires_at = :ttl',
      'attribute_not_exists(since) OR since <= :start OR since > :horizon',
      { ':now': now },
    )) ??
    (await update(
      'SET expires_at = :ttl ADD attempts :one',
      'since > :start AND since <= :horizon AND attempts < :limit',
      { ':limit': limit },
    ))
  if (response) return { ...attemptRecord.parse(response.Attributes), rejection: null }
  const window = await findAttempts(name, policy, now)
  // Otherwise another attempt has started a new window in between.
  return window.rejection ? window : recordAttempt(name, policy, now)
}

/** The attempts of the current window; recording nothing. */
export async function findAttempts(name: string, policy: AttemptLimit, now: number): Promise<AttemptWindow> {
  const { limit, windowMs } = policy
  const { Item } = await documents.send(new GetCommand({ ...(await attemptKey(name)), ConsistentRead: true }))
  const stored = attemptRecord.safeParse(Item).data
  const isCurrent = stored && stored.since > now - windowMs && stored.since <= now + SKEW_MS
  const { attempts, since } = isCurrent ? stored : { attempts: 0, since: now }
  if (attempts < limit) return { attempts, since, rejection: null }
  // `since` is later than `now` where a concurrent attempt started the window.
  const seconds = Math.max(1, Math.ceil((since + windowMs - Math.max(now, since)) / 1000))
  return { attempts, since, rejection: tooManyAttempts(policy, seconds) }
}

/** The error of a caller who must wait `seconds`. */
export const tooManyAttempts = ({ message }: AttemptLimit, seconds: number): Problem =>
  new Problem('too_many_attempts', `${message}: try again in ${seconds} seconds.`, {
    headers: { 'retry-after': String(seconds) },
  })

/** Removes an attempt that succeeded from the window that started at `since`, and from no other. */
export async function undoAttempt(name: string, since: number): Promise<void> {
  await sendIfConditionHolds(
    new UpdateCommand({
      ...(await attemptKey(name)),
      UpdateExpression: 'ADD attempts :less',
      ConditionExpression: 'attempts > :none AND since = :since',
      ExpressionAttributeValues: { ':less': -1, ':none': 0, ':since': since },
    }),
  )
}

// Slots: the times of recent calls that all callers share, in a sliding window, and a pause.

const slotRecord = z.object({
  /** UNIX milliseconds of the calls in the window. */
  taken: z._default(z.array(z.number()), []),
  closed_until: z._default(z.number(), 0),
  version: z.optional(z.string()),
})

/** A pause that ends later than this from now was stored by a wrong clock, and is ignored. */
const LONGEST_MS = 2 * 3_600_000
const isPaused = (until: number, now: number): boolean => until > now && until <= now + LONGEST_MS

const slotKey = async (name: string) => ({ TableName: await table(), Key: { id: `forward#rate#${name}` } })

async function findSlots(name: string): Promise<z.output<typeof slotRecord>> {
  const { Item = {} } = await documents.send(new GetCommand({ ...(await slotKey(name)), ConsistentRead: true }))
  return slotRecord.parse(Item)
}

/** Acquires a slot and returns 0, or returns the time (UNIX milliseconds) at which the next one is free. */
export async function acquireSlot(name: string, policy: RateLimit, now: number): Promise<number> {
  const { limit, windowMs } = policy
  const { taken, closed_until, version } = await findSlots(name)
  // Ignore times in the future (clock skew).
  const recent = taken.filter((at) => at > now - windowMs && at <= now + windowMs)
  if (isPaused(closed_until, now)) return closed_until
  const [oldest = now] = recent.slice(-limit)
  if (recent.length >= limit) return oldest + windowMs
  const acquired = await sendIfConditionHolds(
    new UpdateCommand({
      ...(await slotKey(name)),
      UpdateExpression: 'SET taken = :taken, version = :next',
      ConditionExpression: version === undefined ? 'attribute_not_exists(version)' : 'version = :version',
      ExpressionAttributeValues: {
        ':taken': [...recent, now],
        ':next': randomUUID(),
        ...(version !== undefined && { ':version': version }),
      },
    }),
  )
  return acquired ? 0 : acquireSlot(name, policy, now)
}

/** The end of the pause in UNIX milliseconds; 0 without one. */
export async function pausedUntil(name: string): Promise<number> {
  const { closed_until } = await findSlots(name)
  return isPaused(closed_until, Date.now()) ? closed_until : 0
}

/** Pauses all slots until a time in UNIX milliseconds; an existing longer pause stays. */
export async function pauseUntil(name: string, until: number): Promise<void> {
  await sendIfConditionHolds(
    new UpdateCommand({
      ...(await slotKey(name)),
      UpdateExpression: 'SET closed_until = :until',
      ConditionExpression: 'attribute_not_exists(closed_until) OR closed_until < :until OR closed_until > :horizon',
      ExpressionAttributeValues: { ':until': until, ':horizon': Date.now() + LONGEST_MS },
    }),
  )
}
