import { randomUUID } from 'node:crypto'
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents, responseIfConditionHolds, sendIfConditionHolds } from '../dynamodb/client.ts'
import { findDue } from '../dynamodb/due-list.ts'
import { type LeaseAttributes, requireHeldLease } from '../dynamodb/lease.ts'
import { listOfShard } from '../dynamodb/shards.ts'

/** Items with work: their keys are `file#<id>` or `export#<id>`. */
const KINDS = ['file#', 'export#'] as const

/** The list in the index `outbox` of items that are due. */
const LIST = 'files'

/** Longer than one step of any work between two saves. After a crash, the work waits this long. */
export const LEASE_MS = 300_000
/** `due_at` is the end of a lease, too: until then, the index does not return the item. */
const LEASE: LeaseAttributes = { holder: 'lease_id', until: 'due_at' }

/** The work of an item, while this run holds its lease. */
export interface Work {
  /** Key of the item, such as `file#<id>`. */
  key: string
  /** The attributes of the item when the lease was acquired. */
  item: Readonly<Record<string, unknown>>
  lease: string
  /** Runs without progress, this one included, and without those that an outage ended. `saveWork` updates it. */
  attempts: number
  /** Runs without progress that an outage ended. */
  outages: number
}

/** Another run has acquired the lease, or a caller has changed the state: this run must stop, and write nothing. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

const keyOf = async (id: string) => ({ TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE, Key: { id } })

/** The kind of the item with a key; null for another key. */
export function kindOfKey(key: string): 'file' | 'export' | null {
  const kind = KINDS.find((prefix) => key.startsWith(prefix))
  return kind === undefined ? null : kind === 'file#' ? 'file' : 'export'
}

/** The attributes of an item that is due at a time (UNIX milliseconds). */
export const dueAttributes = (key: string, dueAt: number) => ({ outbox: listOfShard(LIST, key), due_at: dueAt })

const counters = z.object({ attempts: z._default(z.number(), 0), outages: z._default(z.number(), 0) })

/** Acquires the lease of an item that is due. Null if it is not due, or another run holds the lease. */
export async function claimWork(key: string, now: number): Promise<Work | null> {
  const lease = randomUUID()
  const response = await responseIfConditionHolds(
    new UpdateCommand({
      ...(await keyOf(key)),
      UpdateExpression: 'SET lease_id = :lease, due_at = :until ADD attempts :one',
      ConditionExpression: 'due_at <= :now',
      ExpressionAttributeValues: { ':lease': lease, ':until': now + LEASE_MS, ':now': now, ':one': 1 },
      ReturnValues: 'ALL_NEW',
    }),
  )
  // The SDK may retry after a lost response: then the item is no longer due, but has our lease.
  const item = response?.Attributes ?? (await findWorkItem(key))
  return item?.['lease_id'] === lease ? { key, item, lease, ...counters.parse(item) } : null
}

async function findWorkItem(key: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await documents.send(new GetCommand({ ...(await keyOf(key)), ConsistentRead: true }))
  return Item
}

/** Changes of an item by the run that holds its lease. */
export interface WorkChanges {
  /** Attributes that are set. An undefined one is not changed. */
  set?: Readonly<Record<string, unknown>>
  remove?: readonly string[]
  /** The state that the item must have. */
  state?: string
  /** Whether the work has come closer to its end, so that earlier failures no longer matter. */
  hasProgress?: boolean
  /** When the item is due again (UNIX milliseconds), or null if it is not: this ends the lease. By default, it is renewed. */
  dueAt?: number | null
}

/**
 * Writes changes, if the run still holds the lease. Throws `LeaseLost` otherwise: nothing was written. It does so too if the
 * SDK has repeated a write that ends the lease, after a lost response.
 */
export async function saveWork(
  work: Work,
  { set = {}, remove = [], state, hasProgress = false, dueAt }: WorkChanges,
): Promise<void> {
  const { key, lease } = work
  const held = requireHeldLease(LEASE, lease)
  const values = {
    ...set,
    ...(hasProgress && { attempts: 0, outages: 0 }),
    ...(dueAt !== null && { due_at: dueAt ?? Date.now() + LEASE_MS }),
  }
  const assigned = Object.entries(values).filter(([, value]) => value !== undefined)
  const removed = [
    ...remove,
    ...(dueAt === undefined ? [] : ['lease_id']),
    ...(dueAt === null ? ['outbox', 'due_at'] : []),
  ]
  const isWritten = await sendIfConditionHolds(
    new UpdateCommand({
      ...(await keyOf(key)),
      UpdateExpression: [
        ...(assigned.length > 0 ? [`SET ${assigned.map((_, index) => `#s${index} = :s${index}`).join(', ')}`] : []),
        ...(removed.length > 0 ? [`REMOVE ${removed.map((_, index) => `#r${index}`).join(', ')}`] : []),
      ].join(' '),
      ConditionExpression: `${held.ConditionExpression}${state === undefined ? '' : ' AND #state = :state'}`,
      ExpressionAttributeNames: {
        ...held.ExpressionAttributeNames,
        ...Object.fromEntries(assigned.map(([name], index) => [`#s${index}`, name])),
        ...Object.fromEntries(removed.map((name, index) => [`#r${index}`, name])),
        ...(state !== undefined && { '#state': 'state' }),
      },
      ExpressionAttributeValues: {
        ...held.ExpressionAttributeValues,
        ...Object.fromEntries(assigned.map(([, value], index) => [`:s${index}`, value])),
        ...(state !== undefined && { ':state': state }),
      },
    }),
  )
  if (!isWritten) throw new LeaseLost()
  if (hasProgress) Object.assign(work, { attempts: 1, outages: 0 })
}

/** Keys of items that are due at a time (UNIX milliseconds), the longest due first. */
export const dueWork = (now: number, limit: number): Promise<string[]> => findDue(LIST, now, limit)
