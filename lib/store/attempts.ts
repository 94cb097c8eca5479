import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { settings } from '../config.ts'
import { documents, isConditionFailure, unixSeconds } from './dynamodb.ts'

/** Clocks of the functions' hosts differ by less. */
const SKEW_MS = 60_000

const record = z.object({ attempts: z.number(), since: z.number() })

const key = async (name: string) => ({
  TableName: (await settings('SESSIONS_TABLE')).SESSIONS_TABLE,
  Key: { id: `attempts#${name}` },
})

/**
 * Counts an attempt before it is made, so that attempts side by side are all counted; gives how many there are within a
 * window of so many milliseconds, and when (UNIX milliseconds) the window ends.
 */
export async function countAttempt(
  name: string,
  now: number,
  windowMs: number,
): Promise<{ attempts: number; until: number }> {
  // A window that begins in the future was begun by a clock that is wrong.
  const values = { ':one': 1, ':begun': now - windowMs, ':horizon': now + SKEW_MS, ':ttl': unixSeconds(now + windowMs) }
  try {
    const { Attributes } = await documents.send(
      new UpdateCommand({
        ...(await key(name)),
        UpdateExpression: 'SET expires_at = :ttl ADD attempts :one',
        ConditionExpression: 'since > :begun AND since <= :horizon',
        ExpressionAttributeValues: values,
        ReturnValues: 'ALL_NEW',
      }),
    )
    const { attempts, since } = record.parse(Attributes)
    return { attempts, until: since + windowMs }
  } catch (error) {
    if (!isConditionFailure(error)) throw error
  }
  try {
    await documents.send(
      new UpdateCommand({
        ...(await key(name)),
        UpdateExpression: 'SET since = :now, attempts = :one, expires_at = :ttl',
        ConditionExpression: 'attribute_not_exists(since) OR since <= :begun OR since > :horizon',
        ExpressionAttributeValues: { ...values, ':now': now },
      }),
    )
    return { attempts: 1, until: now + windowMs }
  } catch (error) {
    if (!isConditionFailure(error)) throw error
    return countAttempt(name, now, windowMs) // Another attempt has begun the window in between.
  }
}

/** How many attempts were counted within the window, and when (UNIX milliseconds) it ends. */
export async function findAttempts(
  name: string,
  now: number,
  windowMs: number,
): Promise<{ attempts: number; until: number }> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(name)), ConsistentRead: true }))
  const { attempts, since } = Item ? record.parse(Item) : { attempts: 0, since: 0 }
  return since > now - windowMs && since <= now + SKEW_MS
    ? { attempts, until: since + windowMs }
    : { attempts: 0, until: now }
}

/** Takes an attempt back that was none: it succeeded. */
export async function forgiveAttempt(name: string): Promise<void> {
  await documents
    .send(
      new UpdateCommand({
        ...(await key(name)),
        UpdateExpression: 'ADD attempts :less',
        ConditionExpression: 'attempts > :none',
        ExpressionAttributeValues: { ':less': -1, ':none': 0 },
      }),
    )
    .catch((error: unknown) => {
      if (!isConditionFailure(error)) throw error
    })
}
