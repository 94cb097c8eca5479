import { randomUUID } from 'node:crypto'
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { encrypt } from '../crypto/encryption.ts'
import { tryDecrypt } from '../crypto/try-decrypt.ts'
import { documents, isConditionFailure, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'

/** Outlives every function that may be making the outcome. */
const LEASE_MS = 20_000

const record = z.object({ lease: z.string(), until: z.number(), outcome: z.optional(z.string()) })

export type OnceState = { state: 'mine'; lease: string } | { state: 'busy' } | { state: 'done'; outcome: string }

const table = async () => (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE

/** Takes the right to make what `key` names, unless it was made, or is being made, a short while ago. */
export async function acquireOnce(key: string, now: number): Promise<OnceState> {
  const [TableName, lease] = [await table(), randomUUID()]
  try {
    await documents.send(
      new PutCommand({
        TableName,
        Item: { id: `once#${key}`, lease, until: now + LEASE_MS, expires_at: unixSeconds(now + LEASE_MS) },
        ConditionExpression: 'attribute_not_exists(id) OR #until < :now',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':now': now },
      }),
    )
    return { state: 'mine', lease }
  } catch (error) {
    if (!isConditionFailure(error)) throw error
    const { Item } = await documents.send(
      new GetCommand({ TableName, Key: { id: `once#${key}` }, ConsistentRead: true }),
    )
    const kept = Item ? record.parse(Item) : null
    // The answer to a write may be lost; sent again, it finds itself there.
    if (kept?.lease === lease) return { state: 'mine', lease }
    const outcome = kept?.outcome === undefined ? null : await tryDecrypt('idempotent_result', kept.outcome)
    return outcome === null ? { state: 'busy' } : { state: 'done', outcome }
  }
}

/** Keeps what was made, sealed, for so many milliseconds. */
export async function saveResult(key: string, lease: string, outcome: string, now: number, ms: number): Promise<void> {
  const { SEAL_KEY } = await getSettings('SEAL_KEY')
  await documents.send(
    new PutCommand({
      TableName: await table(),
      Item: {
        id: `once#${key}`,
        lease,
        outcome: await encrypt(outcome, SEAL_KEY),
        until: now + ms,
        expires_at: unixSeconds(now + ms),
      },
      ConditionExpression: 'lease = :lease',
      ExpressionAttributeValues: { ':lease': lease },
    }),
  )
}

/** Gives the right back after a failure, so that the next caller may try at once. */
export async function releaseOnceLease(key: string, lease: string): Promise<void> {
  await sendIfConditionHolds(
    documents.send(
      new DeleteCommand({
        TableName: await table(),
        Key: { id: `once#${key}` },
        ConditionExpression: 'lease = :lease',
        ExpressionAttributeValues: { ':lease': lease },
      }),
    ),
  )
}
