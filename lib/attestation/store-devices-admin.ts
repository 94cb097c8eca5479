import { paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { type DeviceRecord, deviceKey, deviceRecord } from './store-devices.ts'

/** Returns the devices of a client that have not expired, the one that was seen last first. It reads the whole table. */
export async function listDevices(clientId: string, now: number): Promise<DeviceRecord[]> {
  const { TOKENS_TABLE } = await getSettings('TOKENS_TABLE')
  const pages = paginateScan(
    { client: documents },
    {
      TableName: TOKENS_TABLE,
      ConsistentRead: true,
      FilterExpression: 'begins_with(id, :prefix) AND (attribute_not_exists(expires_at) OR expires_at > :now)',
      ExpressionAttributeValues: { ':prefix': `device#${clientId}#`, ':now': unixSeconds(now) },
    },
  )
  const devices: DeviceRecord[] = []
  for await (const { Items = [] } of pages) devices.push(...Items.map((item) => deviceRecord.parse(item)))
  return devices.toSorted((left, right) => right.last_seen.localeCompare(left.last_seen))
}

/**
 * Revokes a device. Its record no longer expires, so that its key stays revoked. Returns false if the device is unknown. A
 * repeated revocation keeps the first time.
 */
export async function revokeDevice(clientId: string, deviceId: string, now: number): Promise<boolean> {
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await deviceKey(clientId, deviceId)),
      UpdateExpression: 'SET revoked_at = if_not_exists(revoked_at, :now) REMOVE expires_at',
      ConditionExpression: 'attribute_exists(id)',
      ExpressionAttributeValues: { ':now': new Date(now).toISOString() },
    }),
  )
}
