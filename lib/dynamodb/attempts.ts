import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { documents, isConditionFailure, sendIfConditionHolds, unixSeconds } from './client.ts'

/** Clocks of the functions' hosts differ by less. */
const SKEW_MS = 60_000

const record = z.object({ attempts: z.number(), since: z.number() })

const key = async (name: string) => ({
  TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE,
  Key: { id: `attempts#${name}` },
})

export interface Attempts {
  attempts: number
  /** UNIX milliseconds: when the window began, and when it ends. */
  since: number
  until: number
}

/**
 * Counts an attempt before it is made, so that attempts side by side are all counted; gives how many there are in a
 * window of so many milliseconds, which the first one begins. Where there were `most` already it is not counted, and
 * gives one more than that.
 */
export async function recordAttempt(name: string, now: number, windowMs: number, most = 1_000_000): Promise<Attempts> {
  // A window that begins in the future was begun by a clock that is wrong.
  const values = { ':one': 1, ':begun': now - windowMs, ':horizon': now + SKEW_MS, ':ttl': unixSeconds(now + windowMs) }
  const change = async (UpdateExpression: string, ConditionExpression: string, more: Record<string, number>) => {
    const ExpressionAttributeValues = { ...values, ...more }
    const expressions = { UpdateExpression, ConditionExpression, ExpressionAttributeValues }
    try {
      const { Attributes } = await documents.send(
        new UpdateCommand({ ...(await key(name)), ...expressions, ReturnValues: 'ALL_NEW' }),
      )
      return inWindow(record.parse(Attributes), windowMs)
    } catch (error) {
      if (isConditionFailure(error)) return null
      throw error
    }
  }
  // Most attempts are the first of their window.
  const counted =
    (await change(
      'SET since = :now, attempts = :one, expires_at = :ttl',
      'attribute_not_exists(since) OR since <= :begun OR since > :horizon',
      { ':now': now },
    )) ??
    (await change(
      'SET expires_at = :ttl ADD attempts :one',
      'since > :begun AND since <= :horizon AND attempts < :most',
      { ':most': most },
    ))
  if (counted) return counted
  const found = await findAttempts(name, now, windowMs)
  // Unless it is full, another attempt has begun the window in between.
  return found.attempts >= most ? { ...found, attempts: most + 1 } : recordAttempt(name, now, windowMs, most)
}

/** How many attempts were counted in the window that is open. */
export async function findAttempts(name: string, now: number, windowMs: number): Promise<Attempts> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(name)), ConsistentRead: true }))
  const found = Item ? record.parse(Item) : { attempts: 0, since: 0 }
  const open = found.since > now - windowMs && found.since <= now + SKEW_MS
  return inWindow(open ? found : { attempts: 0, since: now }, windowMs)
}

const inWindow = ({ attempts, since }: z.output<typeof record>, windowMs: number): Attempts => ({
  attempts,
  since,
  until: since + windowMs,
})

/** Takes an attempt back that was none, since it succeeded; in the window in which it was counted, and no other. */
export async function undoAttempt(name: string, since: number): Promise<void> {
  await sendIfConditionHolds(
    documents.send(
      new UpdateCommand({
        ...(await key(name)),
        UpdateExpression: 'ADD attempts :less',
        ConditionExpression: 'attempts > :none AND since = :since',
        ExpressionAttributeValues: { ':less': -1, ':none': 0, ':since': since },
      }),
    ),
  )
}

/** What is said to who has used up the attempts of a window: `what`, and when it ends. */
export function tooManyAttempts(what: string, { since, until }: Attempts, now: number): Problem {
  // Of attempts side by side, a later one may have begun the window.
  const seconds = Math.max(1, Math.ceil((until - Math.max(now, since)) / 1000))
  return new Problem('too_many_attempts', `${what}: try again in ${seconds} seconds.`, {
    headers: { 'retry-after': String(seconds) },
  })
}
