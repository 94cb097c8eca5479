import { type AttributeValue, DescribeTableCommand, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { saltId } from '../../lib/clients/salts.ts'
import { getSettings } from '../../lib/config/settings.ts'
import { inParallel } from '../../lib/core/concurrency.ts'
import { decrypt, encrypt, keyId, readHeader } from '../../lib/crypto/encryption.ts'
import { sealKeys } from '../../lib/crypto/stored-secrets.ts'
import { dynamodb, sendIfConditionHolds } from '../../lib/dynamodb/client.ts'

/** The tables with encrypted values. */
async function tables() {
  const { CLIENTS_TABLE, TOKENS_TABLE, SESSIONS_TABLE } = await getSettings(
    'CLIENTS_TABLE',
    'TOKENS_TABLE',
    'SESSIONS_TABLE',
  )
  return [
    { name: 'clients', TableName: CLIENTS_TABLE, key: 'client_id' },
    { name: 'tokens', TableName: TOKENS_TABLE, key: 'id' },
    { name: 'sessions', TableName: SESSIONS_TABLE, key: 'id' },
  ]
}
type TableWithSecrets = Awaited<ReturnType<typeof tables>>[number]

/** An encrypted value in an item. */
export interface SealedValue {
  /** The table and the start of the item's id, such as `sessions event`. */
  kind: string
  TableName: string
  Key: Record<string, AttributeValue>
  attribute: string
  /** Its place, if the attribute is a list. */
  index: number | undefined
  encrypted: string
}

/** Compact JWE with the algorithm `dir`, whose second part is empty. */
const JWE = /^eyJ[\w-]+\.\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/

/** The number of items in the tables, which DynamoDB determines every six hours. */
export async function countItems(): Promise<number> {
  const counts = (await tables()).map(async ({ TableName }) => {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }))
    return Table?.ItemCount ?? 0
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

/**
 * Yields the pages of all tables with encrypted values. It recognises a value by its form, so that it finds those of
 * every kind of item, also of kinds that later versions add. Expired items are included until DynamoDB deletes them.
 */
export async function* scanSealedValues(): AsyncGenerator<{ items: number; values: SealedValue[] }> {
  for (const table of await tables()) {
    const input = { TableName: table.TableName, ConsistentRead: true }
    for await (const { Items = [] } of paginateScan({ client: dynamodb }, input)) {
      yield { items: Items.length, values: Items.flatMap((item) => valuesOf(table, item)) }
    }
  }
}

function valuesOf({ name, TableName, key }: TableWithSecrets, item: Record<string, AttributeValue>): SealedValue[] {
  const id = item[key] ?? { S: '' }
  const place = { kind: key === 'id' ? `${name} ${id.S?.split('#')[0]}` : name, TableName, Key: { [key]: id } }
  return Object.entries(item).flatMap(([attribute, { S, L }]) => {
    const texts =
      S === undefined ? (L ?? []).map((entry, index) => [entry.S, index] as const) : [[S, undefined] as const]
    return texts.flatMap(([text, index]) =>
      text !== undefined && JWE.test(text) ? [{ ...place, attribute, index, encrypted: text }] : [],
    )
  })
}

/** What happened to the values of one kind. */
export interface ResealCounts {
  kind: string
  values: number
  /** Values that were encrypted again. */
  resealed: number
  /** Values that changed at the same time, and may still have an old key. */
  changed: number
  /** Values that no key decrypts. They stay as they are. */
  unreadable: number
}

const AT_ONCE = 8

/**
 * Encrypts every value again that the first of the seal keys has not encrypted, in one scan of the tables. `at` receives
 * the number of items. A value that changes meanwhile is not overwritten.
 */
export async function resealValues(at: (items: number) => void): Promise<ResealCounts[]> {
  const counts = new Map<string, ResealCounts>()
  let items = 0
  for await (const page of scanSealedValues()) {
    await inParallel(page.values, AT_ONCE, async (value) => {
      const result = await resealValue(value)
      const { kind } = value
      const count = counts.get(kind) ?? { kind, values: 0, resealed: 0, changed: 0, unreadable: 0 }
      counts.set(kind, count)
      count.values += 1
      if (result !== 'current') count[result] += 1
    })
    items += page.items
    at(items)
  }
  return [...counts.values()].toSorted((a, b) => (a.kind < b.kind ? -1 : 1))
}

/** Encrypts one value again with the first key, unless it has that key already. */
async function resealValue(value: SealedValue): Promise<'current' | 'resealed' | 'changed' | 'unreadable'> {
  const { kind, TableName, Key, attribute, index, encrypted } = value
  // Read for each value: the keys may change during a long run.
  const keys = await sealKeys()
  if (readHeader(encrypted)['kid'] === keyId(keys[0])) return 'current'
  const decrypted = await decrypt(encrypted, keys).catch(() => null)
  if (decrypted === null) return 'unreadable'
  // The id of a device key is a digest of its first encrypted form.
  const header = kind === 'clients' ? { salt_id: saltId(encrypted) } : {}
  const path = index === undefined ? '#attribute' : `#attribute[${index}]`
  const isWritten = await sendIfConditionHolds(
    new UpdateItemCommand({
      TableName,
      Key,
      UpdateExpression: `SET ${path} = :new`,
      ConditionExpression: `${path} = :old`,
      ExpressionAttributeNames: { '#attribute': attribute },
      ExpressionAttributeValues: {
        ':new': { S: await encrypt(decrypted.bytes, keys[0], header) },
        ':old': { S: encrypted },
      },
    }),
  )
  return isWritten ? 'resealed' : 'changed'
}

/** The number of values that a key has encrypted, by kind. */
export async function countValuesOf(key: Uint8Array, at: (items: number) => void): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  let items = 0
  for await (const page of scanSealedValues()) {
    for (const { kind, encrypted } of page.values) {
      const isOwn = await decrypt(encrypted, [key]).then(
        () => true,
        () => false,
      )
      if (isOwn) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
    items += page.items
    at(items)
  }
  return counts
}
