import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import { sendIfConditionHolds } from '../dynamodb/client.ts'
import { hasSalt } from './salts.ts'
import { type ClientRecord, findClient } from './store.ts'

/**
 * The checksum of a request without `client_id` is compared with each.
 * @limit Access | device keys of a client
 */
export const MAX_DEVICE_KEYS = 10

/** Adds an encrypted salt to a client. Returns false if the client does not exist or has the maximum. */
export async function addSalt(clientId: string, encrypted: string): Promise<boolean> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const isAdded = await sendIfConditionHolds(
    new UpdateCommand({
      TableName: CLIENTS_TABLE,
      Key: { client_id: clientId },
      UpdateExpression: 'SET salts = list_append(salts, :added), salted = :yes',
      ConditionExpression: 'attribute_exists(client_id) AND size(salts) < :max AND NOT contains(salts, :salt)',
      ExpressionAttributeValues: { ':added': [encrypted], ':salt': encrypted, ':yes': 'yes', ':max': MAX_DEVICE_KEYS },
    }),
  )
  // The SDK may retry after a lost response; then the salt is already stored.
  return isAdded || hasSalt((await findClient(clientId))?.salts ?? [], encrypted)
}

/** Removes an encrypted salt from a client. Returns false if the client changed meanwhile. */
export async function removeSalt({ client_id, salts }: ClientRecord, encrypted: string): Promise<boolean> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const index = salts.indexOf(encrypted)
  // Without a salt, the client leaves the sparse index `salted`.
  const expression = salts.length === 1 ? `REMOVE salts[${index}], salted` : `REMOVE salts[${index}]`
  return sendIfConditionHolds(
    new UpdateCommand({
      TableName: CLIENTS_TABLE,
      Key: { client_id },
      UpdateExpression: expression,
      ConditionExpression: `salts[${index}] = :salt AND size(salts) = :count`,
      ExpressionAttributeValues: { ':salt': encrypted, ':count': salts.length },
    }),
  )
}
