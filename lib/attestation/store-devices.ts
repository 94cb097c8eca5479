import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'

/** @limit Attestation | days after which Latchkey forgets a device that renewed no attestation */
export const DEVICE_DAYS = 90

export const deviceRecord = z.object({
  device_id: z.string(),
  client_id: z.string(),
  platform: z.enum(['ios', 'android']),
  /** App ID, or package name. */
  app: z.string(),
  app_version: z.optional(z.string()),
  is_development: z.boolean(),
  /** SPKI (DER, base64) of the key of App Attest. */
  public_key: z.optional(z.string()),
  /** That of the last assertion of App Attest. */
  counter: z.optional(z.int()),
  first_seen: z.string(),
  last_seen: z.string(),
  revoked_at: z.optional(z.string()),
  /** UNIX seconds; absent for a revoked device, which must stay known. */
  expires_at: z.optional(z.int()),
})
export type DeviceRecord = z.output<typeof deviceRecord>

/** What evidence proved of a device. */
export type AttestedDevice = Pick<
  DeviceRecord,
  'device_id' | 'client_id' | 'platform' | 'app' | 'app_version' | 'is_development' | 'public_key' | 'counter'
>

/** Key of a device in the table of tokens. */
export const deviceKey = async (clientId: string, deviceId: string) => ({
  TableName: (await getSettings('TOKENS_TABLE')).TOKENS_TABLE,
  Key: { id: `device#${clientId}#${deviceId}` },
})

/** Returns the record of a device; null if it is unknown or has expired. It may be revoked. */
export async function findDevice(clientId: string, deviceId: string, now: number): Promise<DeviceRecord | null> {
  const { Item } = await documents.send(
    new GetCommand({ ...(await deviceKey(clientId, deviceId)), ConsistentRead: true }),
  )
  if (!Item) return null
  const device = deviceRecord.parse(Item)
  return device.expires_at !== undefined && device.expires_at <= unixSeconds(now) ? null : device
}

/**
 * Stores a device that sent valid evidence. Returns false for a revoked device, and for a counter that does not grow: a key
 * was copied, or an assertion was sent twice. A new key starts at 0.
 */
export async function storeDevice(device: AttestedDevice, requestId: string, now: number): Promise<boolean> {
  const seen = new Date(now).toISOString()
  const { counter } = device
  const values = {
    ...device,
    last_seen: seen,
    renewed_by: requestId,
    expires_at: unixSeconds(now) + DEVICE_DAYS * 86_400,
  }
  const members = Object.entries(values).filter(([, value]) => value !== undefined)
  // DynamoDB deletes expired records late. The SDK may retry after a lost response; then it is this request.
  const isNew = 'attribute_not_exists(id) OR expires_at <= :seconds OR renewed_by = :renewed_by'
  const isGrowing = counter === undefined ? 'attribute_not_exists(#counter)' : '#counter < :counter'
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await deviceKey(device.client_id, device.device_id)),
      UpdateExpression: `SET ${members.map(([name]) => `#${name} = :${name}`).join(', ')}, first_seen = if_not_exists(first_seen, :last_seen)`,
      ConditionExpression: `attribute_not_exists(revoked_at) AND (${isNew} OR ${isGrowing})`,
      ExpressionAttributeNames: Object.fromEntries([
        ...members.map(([name]) => [`#${name}`, name]),
        ['#counter', 'counter'],
      ]),
      ExpressionAttributeValues: {
        ...Object.fromEntries(members.map(([name, value]) => [`:${name}`, value])),
        ':seconds': unixSeconds(now),
      },
    }),
  )
}
