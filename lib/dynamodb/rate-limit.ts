import { randomUUID } from 'node:crypto'
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents, isConditionFailure, sendIfConditionHolds } from './client.ts'

const record = z.object({
  /** UNIX milliseconds of those within the window. */
  taken: z._default(z.array(z.number()), []),
  closed_until: z._default(z.number(), 0),
  version: z.optional(z.string()),
})

/** Nobody is asked to wait longer; what is closed for longer was closed by a clock that is wrong. */
const LONGEST_MS = 2 * 3_600_000
const isClosed = (until: number, now: number): boolean => until > now && until <= now + LONGEST_MS

export interface RateLimit {
  name: string
  /** So many within so many milliseconds. */
  most: number
  windowMs: number
}

const key = async (name: string) => ({
  TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE,
  Key: { id: `forward#rate#${name}` },
})

/**
 * Takes one of the turns that all callers have together. 0 when it was taken, else the moment (UNIX milliseconds) from
 * which there is one again.
 */
export async function acquireSlot(rate: RateLimit, now: number): Promise<number> {
  const { Item = {} } = await documents.send(new GetCommand({ ...(await key(rate.name)), ConsistentRead: true }))
  const { taken, closed_until, version } = record.parse(Item)
  // One that lies in the future was noted by a clock that is wrong.
  const recent = taken.filter((at) => at > now - rate.windowMs && at <= now + rate.windowMs)
  if (isClosed(closed_until, now)) return closed_until
  const [oldest = now] = recent.slice(-rate.most)
  if (recent.length >= rate.most) return oldest + rate.windowMs
  try {
    await documents.send(
      new UpdateCommand({
        ...(await key(rate.name)),
        UpdateExpression: 'SET taken = :taken, version = :next',
        ConditionExpression: version === undefined ? 'attribute_not_exists(version)' : 'version = :version',
        ExpressionAttributeValues: {
          ':taken': [...recent, now],
          ':next': randomUUID(),
          ...(version !== undefined && { ':version': version }),
        },
      }),
    )
    return 0
  } catch (error) {
    if (!isConditionFailure(error)) throw error
    return acquireSlot(rate, now)
  }
}

/** Until when nobody gets a turn, in UNIX milliseconds; 0 where that is not so. */
export async function pausedUntil(name: string): Promise<number> {
  const { Item = {} } = await documents.send(new GetCommand({ ...(await key(name)), ConsistentRead: true }))
  const { closed_until } = record.parse(Item)
  return isClosed(closed_until, Date.now()) ? closed_until : 0
}

/** Gives nobody a turn before that moment (UNIX milliseconds). */
export async function pauseUntil(name: string, until: number): Promise<void> {
  // It is closed for longer already.
  await sendIfConditionHolds(
    documents.send(
      new UpdateCommand({
        ...(await key(name)),
        UpdateExpression: 'SET closed_until = :until',
        ConditionExpression: 'attribute_not_exists(closed_until) OR closed_until < :until OR closed_until > :horizon',
        ExpressionAttributeValues: { ':until': until, ':horizon': Date.now() + LONGEST_MS },
      }),
    ),
  )
}
