import * as z from 'zod'
import type { Fault } from './database.ts'
import { tokenBucket } from './token-bucket.ts'

/** What a partition of DynamoDB accepts, in units per second. */
const PARTITION = { writes: 1_000, reads: 3_000 }

const attributes = z.record(z.string(), z.unknown())
const command = z.object({
  TableName: z.string(),
  Item: attributes.optional(),
  Key: attributes.optional(),
  ConsistentRead: z.boolean().optional(),
})

/** The key attributes of all tables, the partition key first. */
const KEYS = [['series', 'block'], ['submission', 'piece'], ['id'], ['client_id']]

/**
 * A plan for a database whose partition keys accept that many units per second, and no more after a pause. A command
 * needs all its units, and a throttled one consumes none. `now` is the clock in milliseconds. Queries and scans are not
 * throttled.
 */
export function throttledPartitions(now: () => number, { writes, reads } = PARTITION) {
  const buckets = new Map<string, ReturnType<typeof tokenBucket>>()
  const sizes = new Map<string, number>()
  const used = { throttled: 0, units: 0 }

  function isAccepted(key: string, perSecond: number, units: number): boolean {
    const bucket = buckets.get(key) ?? tokenBucket(now, perSecond)
    buckets.set(key, bucket)
    return bucket.take(units)
  }

  return {
    /** Throttled commands, and write units that were consumed. */
    used,
    plan(name: string, body: string): Fault {
      if (!/^(?:Get|Put|Update|Delete)Item$/.test(name)) return undefined
      const { TableName, Item, Key, ConsistentRead } = command.parse(JSON.parse(body))
      const given = Item ?? Key ?? {}
      const [partition, ...rest] = KEYS.find(([first = '']) => first in given) ?? []
      const key = JSON.stringify([TableName, given[partition ?? '']])
      const item = JSON.stringify([key, ...rest.map((each) => given[each])])
      const stored = sizes.get(item) ?? 0
      const bytes = Item ? sizeOf({ M: Item }) : stored
      const isRead = name === 'GetItem'
      const whole = Math.max(Math.ceil(bytes / (isRead ? 4_096 : 1_024)), 1)
      const units = isRead && !ConsistentRead ? whole / 2 : whole
      if (!isAccepted(isRead ? `read ${key}` : key, isRead ? reads : writes, units)) {
        used.throttled += 1
        return 'throttled'
      }
      if (Item) sizes.set(item, bytes)
      if (name === 'DeleteItem') sizes.delete(item)
      if (!isRead) used.units += units
      return undefined
    },
  }
}

/** Bytes of an attribute value as DynamoDB charges them. */
function sizeOf(value: unknown): number {
  const { S, N, B, L, M } = z
    .object({
      S: z.string(),
      N: z.string(),
      B: z.string(),
      L: z.array(z.unknown()),
      M: attributes,
    })
    .partial()
    .parse(value)
  if (S !== undefined) return Buffer.byteLength(S)
  if (N !== undefined) return Math.ceil(N.length / 2) + 1
  if (B !== undefined) return Buffer.byteLength(B, 'base64')
  if (L) return L.reduce<number>((sum, each) => sum + sizeOf(each) + 1, 3)
  if (M) return Object.entries(M).reduce((sum, [name, each]) => sum + Buffer.byteLength(name) + sizeOf(each), 0)
  return 1
}
