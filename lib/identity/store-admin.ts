import { DeleteItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import { tryDecrypt } from '../crypto/stored-secrets.ts'
import { dynamodb } from '../dynamodb/client.ts'
import { type DataOwner, itemBytes, type PurgeItem, type RawItem } from '../dynamodb/purge-items.ts'

async function* itemsWith(...prefixes: string[]): AsyncGenerator<RawItem> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const input = {
    TableName: SESSIONS_TABLE,
    ConsistentRead: true,
    FilterExpression: prefixes.map((_, index) => `begins_with(id, :prefix${index})`).join(' OR '),
    ExpressionAttributeValues: Object.fromEntries(prefixes.map((prefix, index) => [`:prefix${index}`, { S: prefix }])),
  }
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, input)) yield* Items
}

function ownedItem(kind: string, item: RawItem): PurgeItem {
  const { id = { S: '' } } = item
  const remove = async () => {
    const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
    await dynamodb.send(new DeleteItemCommand({ TableName: SESSIONS_TABLE, Key: { id } }))
  }
  return { kind, key: `sessions ${id.S}`, bytes: itemBytes(item), remove }
}

/**
 * Identity sessions of an owner, what points to them and their events. A participant's are those for whom a
 * confidential client has named them, and those begun with one of the tokens `jtis`, as long as there are records of
 * these. The sessions themselves come last: as long as one is there, the rest is found by it.
 */
export async function* ownedSessions(owner: DataOwner, jtis: ReadonlySet<string>): AsyncGenerator<PurgeItem> {
  const sessions = new Map<string, RawItem>()
  for await (const item of itemsWith('interview#')) {
    const id = item['id']?.S?.slice('interview#'.length) ?? ''
    if (await isOwned(item, owner, jtis)) sessions.set(id, item)
  }
  if (sessions.size === 0) return
  for await (const item of itemsWith('unique#', 'session-token#', 'event#incode#')) {
    const about = item['interview_id']?.S ?? item['subject']?.S ?? ''
    if (sessions.has(about)) yield ownedItem(item['subject'] ? 'events' : 'identity sessions', item)
  }
  for (const item of sessions.values()) yield ownedItem('identity sessions', item)
}

async function isOwned(
  item: RawItem,
  { clientId, participant }: DataOwner,
  jtis: ReadonlySet<string>,
): Promise<boolean> {
  if (item['client_id']?.S !== clientId) return false
  if (participant === undefined || jtis.has(item['token_id']?.S ?? '')) return true
  const sealed = item['participant']?.S
  return sealed !== undefined && (await tryDecrypt('identity_session', sealed)) === participant
}

/** That a client is the owner of salts. */
export async function* ownedSalts(clientId: string): AsyncGenerator<PurgeItem> {
  for await (const item of itemsWith('salt#')) {
    if (item['client_id']?.S === clientId) yield ownedItem('salts', item)
  }
}
