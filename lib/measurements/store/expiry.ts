import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { sendIfConditionHolds, unixSeconds } from '../../dynamodb/client.ts'
import { expiryAfter } from '../../dynamodb/expiry.ts'
import type { catalogKey } from './keys.ts'

/** `expires_at` of a block that is stored now (UNIX seconds); undefined without RETENTION_DAYS_MEASUREMENTS. */
export async function blockExpiry(): Promise<number | undefined> {
  const { RETENTION_DAYS_MEASUREMENTS } = await getSettings('RETENTION_DAYS_MEASUREMENTS')
  return expiryAfter(RETENTION_DAYS_MEASUREMENTS)
}

type ItemKey = ReturnType<typeof catalogKey>

/**
 * Makes an item of the catalog expire no earlier than `until` (UNIX seconds), and creates it if it is missing. An item
 * without `expires_at` describes blocks that never expire, and stays without. An expired item is removed before, so that
 * an upload does not bring its content back.
 */
export async function extendExpiry(Key: ItemKey, until: number): Promise<void> {
  const { MEASUREMENTS_TABLE: TableName } = await getSettings('MEASUREMENTS_TABLE')
  const now = { N: String(unixSeconds(Date.now())) }
  const isExtended = await sendIfConditionHolds(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: 'SET expires_at = :until',
      ConditionExpression: 'attribute_not_exists(series) OR (expires_at > :now AND expires_at < :until)',
      ExpressionAttributeValues: { ':until': { N: String(until) }, ':now': now },
    }),
  )
  if (isExtended) return
  const isRemoved = await sendIfConditionHolds(
    new DeleteItemCommand({
      TableName,
      Key,
      ConditionExpression: 'expires_at <= :now',
      ExpressionAttributeValues: { ':now': now },
    }),
  )
  if (isRemoved) await extendExpiry(Key, until)
}

/** Makes an item of the catalog never expire, because blocks that never expire follow. */
export async function removeExpiry(Key: ItemKey): Promise<void> {
  const { MEASUREMENTS_TABLE: TableName } = await getSettings('MEASUREMENTS_TABLE')
  const UpdateExpression = 'REMOVE expires_at'
  await sendIfConditionHolds(
    new UpdateItemCommand({ TableName, Key, UpdateExpression, ConditionExpression: 'attribute_exists(series)' }),
  )
}
