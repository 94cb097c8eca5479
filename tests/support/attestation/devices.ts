import { DeleteCommand } from '@aws-sdk/lib-dynamodb'

/** Removes the record of a device, as DynamoDB does after its expiry. */
export async function forgetDevice(clientId: string, deviceId: string): Promise<void> {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const { deviceKey } = await import('../../../lib/attestation/store-devices.ts')
  await documents.send(new DeleteCommand(await deviceKey(clientId, deviceId)))
}
