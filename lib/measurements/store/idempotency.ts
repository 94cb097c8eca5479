import { createHash } from 'node:crypto'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../../config/settings.ts'
import type { DataOwner } from '../../core/caller.ts'
import { idempotencyKeyReused } from '../../core/problem.ts'
import { documents, isConditionFailure, unixSeconds } from '../../dynamodb/client.ts'

/**
 * A device may be offline for days between two attempts.
 * @limit Uploads | between an upload and its last retry with the same `Idempotency-Key`
 */
const EXPIRY_MS = 7 * 86_400_000

const record = z.object({ received_at: z.number(), body: z.string(), expires_at: z.number() })

/**
 * Stores an Idempotency-Key and returns when it was first used (UNIX milliseconds), so that a retry writes the same
 * blocks. Throws `idempotency_key_reused` if the first request had a different body.
 */
export async function saveFirstReceipt(
  { clientId, participant }: DataOwner,
  key: string,
  body: Uint8Array,
  now: number,
): Promise<number> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const id = `upload#${createHash('sha256')
    .update(JSON.stringify([clientId, key, ...(participant === undefined ? [] : [participant])]))
    .digest('base64url')}`
  const digest = createHash('sha256').update(body).digest('base64url')
  const newItem = { id, received_at: now, body: digest, expires_at: unixSeconds(now + EXPIRY_MS) }
  try {
    await documents.send(
      new PutCommand({
        TableName: SESSIONS_TABLE,
        Item: newItem,
        ConditionExpression: 'attribute_not_exists(id) OR expires_at < :now',
        ExpressionAttributeValues: { ':now': unixSeconds(now) },
      }),
    )
    return now
  } catch (error) {
    if (!isConditionFailure(error)) throw error
  }
  const { Item } = await documents.send(
    new GetCommand({ TableName: SESSIONS_TABLE, Key: { id }, ConsistentRead: true }),
  )
  const first = record.parse(Item)
  if (first.body === digest) return first.received_at
  throw idempotencyKeyReused()
}
