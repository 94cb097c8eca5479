import { DeleteItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { tryDecrypt } from '../crypto/stored-secrets.ts'
import { dynamodb, readString } from '../dynamodb/client.ts'
import { itemBytes, type PurgeItem, type RawItem } from '../dynamodb/purge-items.ts'

async function* scanItems(...prefixes: string[]): AsyncGenerator<RawItem> {
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
 * Identity sessions of an owner, with their pointers and events. A participant owns the sessions in which a confidential
 * client named them, and those started with a token in `jtis`. Sessions come last, because a repeated purge finds the
 * other items by them.
 */
export async function* ownedSessions(owner: DataOwner, jtis: ReadonlySet<string>): AsyncGenerator<PurgeItem> {
  const sessions = new Map<string, RawItem>()
  for await (const item of scanItems('interview#')) {
    const id = readString(item, 'id').slice('interview#'.length)
    if (await isOwned(item, owner, jtis)) sessions.set(id, item)
  }
  if (sessions.size === 0) return
  for await (const item of scanItems('unique#', 'session-token#', 'event#incode#')) {
    const interviewId = item['interview_id']?.S ?? readString(item, 'subject')
    if (sessions.has(interviewId)) yield ownedItem(item['subject'] ? 'events' : 'identity sessions', item)
  }
  for (const item of sessions.values()) yield ownedItem('identity sessions', item)
}

async function isOwned(
  item: RawItem,
  { clientId, participant }: DataOwner,
  jtis: ReadonlySet<string>,
): Promise<boolean> {
  if (item['client_id']?.S !== clientId) return false
  if (participant === undefined || jtis.has(readString(item, 'token_id'))) return true
  const sealed = item['participant']?.S
  return sealed !== undefined && (await tryDecrypt('identity_session', sealed)) === participant
}

/** Records of a client's ownership of salts. */
export async function* ownedSalts(clientId: string): AsyncGenerator<PurgeItem> {
  for await (const item of scanItems('salt#')) {
    if (item['client_id']?.S === clientId) yield ownedItem('salts', item)
  }
}
