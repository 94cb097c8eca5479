import { randomUUID } from 'node:crypto'
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { type LeaseAttributes, requireFreeLease, requireHeldLease } from '../dynamodb/lease.ts'

/** Outlives every function that may be running the operation. */
const LEASE_MS = 20_000
/** Of a running operation, then of its stored result. */
const LEASE: LeaseAttributes = { holder: 'lease', until: 'until' }

const record = z.object({ outcome: z.optional(z.string()) })

export type ResultState =
  | { state: 'acquired'; lease: string }
  /** Another caller runs the operation, or no key decrypts its result. */
  | { state: 'running' }
  | { state: 'done'; result: string }

const tableName = async () => (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE
const idOf = (key: string) => `once#${key}`

/** Acquires the lease to run the operation of a key, unless it is running, or its result is stored. */
export async function acquireResult(key: string, now: number): Promise<ResultState> {
  const lease = randomUUID()
  const until = now + LEASE_MS
  const acquired = await sendIfConditionHolds(
    new PutCommand({
      TableName: await tableName(),
      Item: { id: idOf(key), lease, until, expires_at: unixSeconds(until) },
      ...requireFreeLease(LEASE, lease, now),
    }),
  )
  return acquired ? { state: 'acquired', lease } : findResult(key)
}

async function findResult(key: string): Promise<ResultState> {
  const { Item = {} } = await documents.send(
    new GetCommand({ TableName: await tableName(), Key: { id: idOf(key) }, ConsistentRead: true }),
  )
  const { outcome } = record.parse(Item)
  const result = outcome === undefined ? null : await tryDecrypt('idempotent_result', outcome)
  return result === null ? { state: 'running' } : { state: 'done', result }
}

/** Stores an encrypted result for `ms` milliseconds. */
export async function saveResult(key: string, lease: string, result: string, now: number, ms: number): Promise<void> {
  const outcome = await encryptSecret(result)
  const until = now + ms
  await documents.send(
    new PutCommand({
      TableName: await tableName(),
      Item: { id: idOf(key), lease, outcome, until, expires_at: unixSeconds(until) },
      ...requireHeldLease(LEASE, lease),
    }),
  )
}

/** Releases the lease after a failure, so that the next caller runs the operation at once. */
export async function releaseResult(key: string, lease: string): Promise<void> {
  await sendIfConditionHolds(
    new DeleteCommand({ TableName: await tableName(), Key: { id: idOf(key) }, ...requireHeldLease(LEASE, lease) }),
  )
}
