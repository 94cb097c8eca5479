import { createHmac, randomUUID } from 'node:crypto'
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'
import { decryptSalts } from './salts.ts'
import { findClient } from './store.ts'

/** Older claims of a salt that their client does not have remain from a crash. */
const ABANDONED_MS = 60_000

/**
 * So that uploads cost few writes.
 * @limit Access | in which the last use of a device key is stored once
 */
export const USE_INTERVAL_MS = 3_600_000

/** Times are UNIX milliseconds. */
const record = z.object({
  client_id: z.string(),
  claimed_at: z.number(),
  name: z.optional(z.string()),
  last_used_at: z.optional(z.number()),
})
export type SaltRecord = z.output<typeof record>

/** The table stores a digest of the salt, keyed with SEAL_KEY, which stays when the keys that encrypt are rotated. */
async function keyOf(salt: string) {
  const { SESSIONS_TABLE, SEAL_KEY } = await getSettings('SESSIONS_TABLE', 'SEAL_KEY')
  const id = `salt#${createHmac('sha256', SEAL_KEY).update(salt).digest('base64url')}`
  return { TableName: SESSIONS_TABLE, Key: { id } }
}

/** Returns who claimed a salt, or null. The client may have lost the salt since, or never stored it. */
export async function findSaltRecord(salt: string): Promise<SaltRecord | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await keyOf(salt)), ConsistentRead: true }))
  return Item ? record.parse(Item) : null
}

/**
 * Claims a salt for a client, which stores it afterwards. Returns false if a client has the salt: a checksum must
 * identify one client. A claim of a salt that its client does not have expires.
 */
export async function claimSalt(salt: string, clientId: string, now: number, name?: string): Promise<boolean> {
  const { TableName, Key } = await keyOf(salt)
  const claim = await findSaltRecord(salt)
  if (claim && (claim.claimed_at > now - ABANDONED_MS || (await hasSalt(claim.client_id, salt)))) return false
  const claim_id = randomUUID()
  return sendIfConditionHolds(
    new PutCommand({
      TableName,
      Item: { ...Key, client_id: clientId, claimed_at: now, claim_id, name },
      // The SDK may retry after a lost response; then the claim is already stored.
      ConditionExpression: `${claim ? 'claimed_at = :before' : 'attribute_not_exists(id)'} OR claim_id = :mine`,
      ExpressionAttributeValues: { ':mine': claim_id, ...(claim && { ':before': claim.claimed_at }) },
    }),
  )
}

async function hasSalt(clientId: string, salt: string): Promise<boolean> {
  const client = await findClient(clientId)
  const salts = client ? await decryptSalts(clientId, client.salts) : []
  return salts.some((own) => own.salt === salt)
}

/** Removes the claim of a client. */
export async function releaseSalt(salt: string, clientId: string): Promise<void> {
  await sendIfConditionHolds(
    new DeleteCommand({
      ...(await keyOf(salt)),
      ConditionExpression: 'client_id = :me',
      ExpressionAttributeValues: { ':me': clientId },
    }),
  )
}

/** Stores that a salt was used at `now` (UNIX ms), unless its last use is recent. Returns the last use that is stored. */
export async function recordSaltUse(salt: string, now: number): Promise<number> {
  const { last_used_at = 0 } = (await findSaltRecord(salt)) ?? {}
  if (last_used_at > now - USE_INTERVAL_MS) return last_used_at
  await sendIfConditionHolds(
    new UpdateCommand({
      ...(await keyOf(salt)),
      UpdateExpression: 'SET last_used_at = :now',
      // The salt may be removed meanwhile, or another container has stored the use.
      ConditionExpression:
        'attribute_exists(client_id) AND (attribute_not_exists(last_used_at) OR last_used_at < :now)',
      ExpressionAttributeValues: { ':now': now },
    }),
  )
  return now
}
