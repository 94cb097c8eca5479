import { createHmac } from 'node:crypto'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'
import { findClient } from './store.ts'

/** Older claims without a client remain from a crash. */
const ABANDONED_MS = 60_000

const record = z.object({ client_id: z.string(), claimed_at: z.number() })

/**
 * Claims a salt for a client that will be created. Returns false if another client has the salt: a checksum must
 * identify one client. The table stores a digest keyed with SEAL_KEY. A claim without a client expires.
 */
export async function claimSalt(salt: string, clientId: string, now: number): Promise<boolean> {
  const { SESSIONS_TABLE, SEAL_KEY } = await getSettings('SESSIONS_TABLE', 'SEAL_KEY')
  const id = `salt#${createHmac('sha256', SEAL_KEY).update(salt).digest('base64url')}`
  const { Item } = await documents.send(
    new GetCommand({ TableName: SESSIONS_TABLE, Key: { id }, ConsistentRead: true }),
  )
  const claim = Item ? record.parse(Item) : null
  const owner = claim?.client_id ?? null
  if (claim && (claim.claimed_at > now - ABANDONED_MS || (await findClient(claim.client_id)) !== null)) return false
  return sendIfConditionHolds(
    new PutCommand({
      TableName: SESSIONS_TABLE,
      Item: { id, client_id: clientId, claimed_at: now },
      // The SDK may retry after a lost response; then the claim is already stored.
      ConditionExpression: `${owner === null ? 'attribute_not_exists(id)' : 'client_id = :owner'} OR client_id = :me`,
      ExpressionAttributeValues: { ':me': clientId, ...(owner !== null && { ':owner': owner }) },
    }),
  )
}
