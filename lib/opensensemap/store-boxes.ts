import { randomUUID } from 'node:crypto'
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents, isConditionFailure, sendIfConditionHolds } from '../dynamodb/client.ts'

/** A lease outlives every function that may hold it. */
const LEASE_MS = 90_000
/** A lease that ends later than this was made by a clock that is wrong. */
const LONGEST_LEASE_MS = 2 * LEASE_MS

const part = z.object({
  series: z.string(),
  block: z.string(),
  from: z.number(),
  rows: z.number(),
  whole: z.boolean(),
})
const position = z.object({ lat: z.number(), lon: z.number(), height: z.optional(z.number()) })
const progress = z.object({ position: z.nullable(position), last: z.record(z.string(), z.number()) })

const record = z.object({
  /** What the box is called in uploads. */
  box: z.string(),
  lease_id: z.optional(z.string()),
  lease_until: z.optional(z.number()),
  /** The box at openSenseMap, sealed: its access token is in it. */
  sealed: z.optional(z.string()),
  /** UNIX milliseconds: when it was last served, and before when it is not to be tried again. */
  served_at: z._default(z.number(), 0),
  due_at: z._default(z.number(), 0),
  /** Attempts in a row that have failed, and a code for why. `no_position` is none of them: the box waits. */
  failures: z._default(z.number(), 0),
  reason: z.optional(z.string()),
  /** UNIX milliseconds of the first failure since something has arrived. */
  failing_since: z.optional(z.number()),
  /** Blocks of a post, at most, while it is being found out which of them is refused. */
  at_most: z.optional(z.number()),
  /** Blocks that were begun: `rows` of them have arrived, and more is to come. */
  begun: z._default(z.array(part), []),
  /** What was last posted: on its way, so that nobody knows whether it has arrived, or known to have. */
  post: z.optional(
    z.object({
      state: z.enum(['sent', 'arrived']),
      box_id: z.string(),
      parts: z.array(part),
      measurements: z.number(),
      /** The newest of each sensor, in UNIX milliseconds. */
      newest: z.record(z.string(), z.number()),
      progress,
    }),
  ),
  progress: z._default(progress, { position: null, last: {} }),
  /** The newest of each sensor that has arrived so far, or may have, in UNIX milliseconds. */
  newest: z._default(z.record(z.string(), z.number()), {}),
})

/** How forwarding to one box stands. */
export type BoxState = z.output<typeof record>

const key = async (digest: string) => ({
  TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE,
  Key: { id: `forward#${digest}` },
})

/** How a box stands; null when it has never been served. */
export async function findBox(digest: string): Promise<BoxState | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(digest)), ConsistentRead: true }))
  return Item ? record.parse(Item) : null
}

/** Claims a box with all its blocks, for one caller at a time; null when another has it. */
export async function claimBox(digest: string, box: string, now: number): Promise<BoxState | null> {
  const lease = randomUUID()
  try {
    const { Attributes } = await documents.send(
      new UpdateCommand({
        ...(await key(digest)),
        UpdateExpression: 'SET box = :box, served_at = :now, lease_id = :lease, lease_until = :until',
        ConditionExpression: 'attribute_not_exists(lease_until) OR lease_until < :now OR lease_until > :horizon',
        ExpressionAttributeValues: {
          ':box': box,
          ':lease': lease,
          ':until': now + LEASE_MS,
          ':now': now,
          ':horizon': now + LONGEST_LEASE_MS,
        },
        ReturnValues: 'ALL_NEW',
      }),
    )
    return record.parse(Attributes)
  } catch (error) {
    if (!isConditionFailure(error)) throw error
    // The answer to a claim may be lost; sent again, it finds itself there.
    const kept = await findBox(digest)
    return kept?.lease_id === lease ? kept : null
  }
}

/** Keeps how a claimed box stands; throws when the claim has passed to another, who knows better. */
export async function saveBox(digest: string, state: BoxState): Promise<void> {
  const { TableName, Key } = await key(digest)
  await documents.send(
    new PutCommand({
      TableName,
      Item: { ...state, ...Key },
      ConditionExpression: 'lease_id = :lease',
      ExpressionAttributeValues: { ':lease': state.lease_id },
    }),
  )
}

/** Puts a box off whose state cannot be kept, so that the others have their turn. */
export const deferBox = (digest: string, until: number): Promise<void> =>
  amend(digest, 'SET due_at = :until, lease_until = :none', { ':until': until, ':none': 0 })

/** Has a box tried again at the next turn, whatever it has come to before. */
export const retryBox = (digest: string): Promise<void> =>
  amend(digest, 'SET due_at = :none, failures = :none REMOVE at_most, reason', { ':none': 0 })

async function amend(digest: string, UpdateExpression: string, values: Record<string, number>): Promise<void> {
  await sendIfConditionHolds(
    documents.send(
      new UpdateCommand({
        ...(await key(digest)),
        UpdateExpression,
        ConditionExpression: 'attribute_exists(id)',
        ExpressionAttributeValues: values,
      }),
    ),
  )
}
