import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { secretDigest } from '../crypto/secrets.ts'
import { documents, unixSeconds } from '../dynamodb/client.ts'

const record = z.object({ user_id: z.string(), expires_at: z.number() })

const idOf = (token: string) => `user-token#${secretDigest(token)}`

/** Stores the digest of a user token that this deployment issued. `validUntil` is in UNIX milliseconds. */
export async function saveUserToken(token: string, userId: string, validUntil: number): Promise<void> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  await documents.send(
    new PutCommand({
      TableName: SESSIONS_TABLE,
      Item: { id: idOf(token), user_id: userId, expires_at: unixSeconds(validUntil) },
    }),
  )
}

/** The user of a token, and whether it has expired; null if this deployment did not issue it. */
export async function findUserToken(token: string, now: number): Promise<{ userId: string; expired: boolean } | null> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const { Item } = await documents.send(
    new GetCommand({ TableName: SESSIONS_TABLE, Key: { id: idOf(token) }, ConsistentRead: true }),
  )
  if (!Item) return null
  const { user_id, expires_at } = record.parse(Item)
  return { userId: user_id, expired: expires_at <= unixSeconds(now) }
}
