import { type AttributeValue, DeleteItemCommand, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { dynamodb, readString } from '../dynamodb/client.ts'
import { itemBytes, type PurgeItem } from '../dynamodb/purge-items.ts'
import { listShareEntries, removeShareEntries } from './store-shares.ts'

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

/** Returns the devices of a client: they belong to none of its participants. */
export async function* listOwnedDevices(owner: DataOwner): AsyncGenerator<PurgeItem> {
  if (owner.participant !== undefined) return
  for await (const item of scanOwned(owner, 'device#')) yield purgeItem('devices', item)
}

/** Returns the shares of an owner, and the list of the client's shares, or what it says of the participant. */
export async function* listOwnedShares(owner: DataOwner): AsyncGenerator<PurgeItem> {
  for await (const item of scanOwned(owner, 'share#')) yield purgeItem('shares', item)
  const list = await findShareList(owner.clientId)
  if (list && owner.participant === undefined) yield purgeItem('shares', list)
  if (!list || owner.participant === undefined) return
  const entries = await listShareEntries(owner)
  if (entries.length === 0) return
  const remove = () => removeShareEntries(owner.clientId, entries)
  yield { ...(await purgeItem('shares', list)), bytes: 0, remove }
}

async function findShareList(clientId: string): Promise<Item | undefined> {
  const { TOKENS_TABLE: TableName } = await getSettings('TOKENS_TABLE')
  const Key = { id: { S: `shares#${clientId}` } }
  return (await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item
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
