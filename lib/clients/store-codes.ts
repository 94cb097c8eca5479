import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { secretDigest } from '../crypto/secrets.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'

const record = z.object({
  client_id: z.string(),
  /** The callback URL to which the code was sent, and whether the client named it. */
  callback_url: z.string(),
  redirect_uri: z.optional(z.string()),
  code_challenge: z.string(),
  /** Thumbprint of the key that the token must be bound to. */
  dpop_jkt: z.optional(z.string()),
  scope: z.array(z.string()),
  audience: z.array(z.string()),
  participant_id: z.optional(z.string()),
  participant_trusted: z.boolean(),
  lifetime_seconds: z.int(),
  /** UNIX milliseconds. */
  created_at: z.int(),
  valid_until: z.int(),
  /** The token that was issued for the code. */
  jti: z.optional(z.string()),
})

/** A one-time code, as it is stored. */
export type CodeRecord = z.output<typeof record>

/** The key has a digest, so that the table reveals no code. */
const key = async (code: string) => ({
  TableName: (await getSettings('TOKENS_TABLE')).TOKENS_TABLE,
  Key: { id: `code#${secretDigest(code)}` },
})

/** Stores a new code. */
export async function createCode(code: string, grant: CodeRecord): Promise<void> {
  const { TableName, Key } = await key(code)
  await documents.send(
    new PutCommand({
      TableName,
      Item: { ...Key, ...grant, expires_at: unixSeconds(grant.valid_until) + 1 },
      // The SDK may retry after a lost response; then the code is already stored.
      ConditionExpression: 'attribute_not_exists(id) OR created_at = :created',
      ExpressionAttributeValues: { ':created': grant.created_at },
    }),
  )
}

/** Returns the record of a code, also of an expired or redeemed one, until DynamoDB deletes it. */
export async function findCode(code: string): Promise<CodeRecord | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(code)), ConsistentRead: true }))
  return Item ? record.parse(Item) : null
}

/**
 * Marks a code as redeemed for a token. Returns false if it was redeemed before. The record stays as long as the token
 * (`expiresAt`, UNIX seconds), so that a later use of the code can revoke the token.
 */
export async function redeemCode(code: string, jti: string, expiresAt: number): Promise<boolean> {
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await key(code)),
      UpdateExpression: 'SET jti = :jti, expires_at = :expires',
      // The SDK may retry after a lost response; then the code is already redeemed for this token.
      ConditionExpression: 'attribute_exists(id) AND (attribute_not_exists(jti) OR jti = :jti)',
      ExpressionAttributeValues: { ':jti': jti, ':expires': expiresAt },
    }),
  )
}
