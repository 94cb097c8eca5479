import { randomUUID } from 'node:crypto'
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents, responseIfConditionHolds, sendIfConditionHolds } from '../dynamodb/client.ts'
import { type LeaseAttributes, requireFreeLease, requireHeldLease } from '../dynamodb/lease.ts'

/** A lease outlives every function that may hold it. */
const LEASE_MS = 90_000
const LEASE: LeaseAttributes = { holder: 'lease_id', until: 'lease_until', longestMs: 2 * LEASE_MS }

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
  /** Name of the box in uploads. */
  box: z.string(),
  lease_id: z.optional(z.string()),
  lease_until: z.optional(z.number()),
  /** The box at openSenseMap, encrypted, because it contains an access token. */
  sealed: z.optional(z.string()),
  /** UNIX milliseconds: when it was last forwarded, and the earliest time of the next attempt. */
  served_at: z._default(z.number(), 0),
  due_at: z._default(z.number(), 0),
  /** Consecutive failures, and a code for the last one. `no_position` is not a failure: the box waits. */
  failures: z._default(z.number(), 0),
  reason: z.optional(z.string()),
  /** UNIX milliseconds of the first failure since the last delivery. */
  failing_since: z.optional(z.number()),
  /** Most blocks per post, while the block that openSenseMap rejects is being isolated. */
  at_most: z.optional(z.number()),
  /** Partly delivered blocks: `rows` of each have arrived. */
  begun: z._default(z.array(part), []),
  /** The last post: `sent`, so that its arrival is unknown, or `arrived`. */
  post: z.optional(
    z.object({
      state: z.enum(['sent', 'arrived']),
      box_id: z.string(),
      parts: z.array(part),
      measurements: z.number(),
      /** The newest measurement of each sensor, in UNIX milliseconds. */
      newest: z.record(z.string(), z.number()),
      progress,
    }),
  ),
  progress: z._default(progress, { position: null, last: {} }),
  /** The newest measurement of each sensor that has arrived, or may have, in UNIX milliseconds. */
  newest: z._default(z.record(z.string(), z.number()), {}),
})

/** State of the forwarding of one box. */
export type BoxState = z.output<typeof record>

const key = async (digest: string) => ({
  TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE,
  Key: { id: `forward#${digest}` },
})

/** The state of a box; null if it was never forwarded. */
export async function findBox(digest: string): Promise<BoxState | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(digest)), ConsistentRead: true }))
  return Item ? record.parse(Item) : null
}

/** Acquires the lease of a box and its blocks. Returns null if another caller has it. */
export async function claimBox(digest: string, box: string, now: number): Promise<BoxState | null> {
  const free = requireFreeLease(LEASE, randomUUID(), now)
  const response = await responseIfConditionHolds(
    new UpdateCommand({
      ...(await key(digest)),
      ...free,
      UpdateExpression: 'SET box = :box, served_at = :now, #holder = :holder, #until = :until',
      ExpressionAttributeValues: { ...free.ExpressionAttributeValues, ':box': box, ':until': now + LEASE_MS },
      ReturnValues: 'ALL_NEW',
    }),
  )
  return response && record.parse(response.Attributes)
}

/** Stores the state of a leased box. Throws a failed condition if another caller has acquired the lease. */
export async function saveBox(digest: string, state: BoxState): Promise<void> {
  const { TableName, Key } = await key(digest)
  await documents.send(
    new PutCommand({ TableName, Item: { ...state, ...Key }, ...requireHeldLease(LEASE, state.lease_id ?? '') }),
  )
}

/** Defers a box whose state cannot be stored, so that the other boxes are forwarded. `until` in UNIX milliseconds. */
export const deferBox = (digest: string, until: number): Promise<void> =>
  updateBox(digest, 'SET due_at = :until, lease_until = :none', { ':until': until, ':none': 0 })

/** Makes a box due at once, and resets its failures. */
export const retryBox = (digest: string): Promise<void> =>
  updateBox(digest, 'SET due_at = :none, failures = :none REMOVE at_most, reason', { ':none': 0 })

async function updateBox(digest: string, UpdateExpression: string, values: Record<string, number>): Promise<void> {
  await sendIfConditionHolds(
    new UpdateCommand({
      ...(await key(digest)),
      UpdateExpression,
      ConditionExpression: 'attribute_exists(id)',
      ExpressionAttributeValues: values,
    }),
  )
}
