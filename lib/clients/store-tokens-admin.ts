import { type AttributeValue, DeleteItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { dynamodb, readString } from '../dynamodb/client.ts'
import { itemBytes, type PurgeItem } from '../dynamodb/purge-items.ts'

/** Returns the records of an owner's auth tokens. Without its record, a token is no longer valid. */
export async function* listOwnedTokens(owner: DataOwner): AsyncGenerator<PurgeItem & { jti: string }> {
  for await (const item of scanOwned(owner, 'jti#')) {
    yield { ...(await purgeItem('tokens', item)), jti: readString(item, 'id').slice('jti#'.length) }
  }
}

/** Returns the records of an owner's one-time codes. */
export async function* listOwnedCodes(owner: DataOwner): AsyncGenerator<PurgeItem> {
  for await (const item of scanOwned(owner, 'code#')) yield purgeItem('codes', item)
}

type Item = Record<string, AttributeValue>

async function* scanOwned({ clientId, participant }: DataOwner, prefix: string): AsyncGenerator<Item> {
  const { TOKENS_TABLE: TableName } = await getSettings('TOKENS_TABLE')
  const input = {
    TableName,
    ConsistentRead: true,
    FilterExpression: `begins_with(id, :prefix) AND client_id = :client${participant === undefined ? '' : ' AND participant_id = :participant'}`,
    ExpressionAttributeValues: {
      ':prefix': { S: prefix },
      ':client': { S: clientId },
      ...(participant !== undefined && { ':participant': { S: participant } }),
    },
  }
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, input)) yield* Items
}

async function purgeItem(kind: string, item: Item): Promise<PurgeItem> {
  const { TOKENS_TABLE: TableName } = await getSettings('TOKENS_TABLE')
  const id = readString(item, 'id')
  const remove = async () => {
    await dynamodb.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } }))
  }
  return { kind, key: `tokens ${id}`, bytes: itemBytes(item), remove }
}
