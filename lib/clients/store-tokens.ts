import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'

/** The record of an auth token. */
export const tokenRecord = z.object({
  client_id: z.string(),
  /** PUBLIC_URL when the token was issued. Records of earlier versions have none. */
  issuer: z.optional(z.string()),
  scope: z.array(z.string()),
  participant_id: z.optional(z.string()),
  /** Whether a confidential client named the participant. */
  participant_trusted: z.optional(z.boolean()),
  /** Thumbprint of the key that the token is bound to. */
  jkt: z.optional(z.string()),
  created_at: z.string(),
  /** UNIX seconds; also the table's TTL. */
  expires_at: z.number(),
  revoked_at: z.optional(z.string()),
})

export type TokenRecord = z.output<typeof tokenRecord>

const key = async (jti: string) => ({
  TableName: (await getSettings('TOKENS_TABLE')).TOKENS_TABLE,
  Key: { id: `jti#${jti}` },
})

/** Stores the record of an auth token under its `jti`. */
export async function createToken(jti: string, token: TokenRecord): Promise<void> {
  const { TableName, Key } = await key(jti)
  await documents.send(
    new PutCommand({
      TableName,
      Item: { ...Key, ...token },
      // The SDK may retry after a lost response; then the record is already stored.
      ConditionExpression: 'attribute_not_exists(id) OR (client_id = :client AND expires_at = :expires)',
      ExpressionAttributeValues: { ':client': token.client_id, ':expires': token.expires_at },
    }),
  )
}

export async function findToken(jti: string): Promise<TokenRecord | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(jti)), ConsistentRead: true }))
  return Item ? tokenRecord.parse(Item) : null
}

/** Revokes an auth token. Does nothing if the token is unknown or already revoked. */
export async function revokeToken(jti: string, now: number): Promise<void> {
  await sendIfConditionHolds(
    new UpdateCommand({
      ...(await key(jti)),
      UpdateExpression: 'SET revoked_at = :now',
      ConditionExpression: 'attribute_exists(id) AND attribute_not_exists(revoked_at)',
      ExpressionAttributeValues: { ':now': new Date(now).toISOString() },
    }),
  )
}
