import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import type { DataOwner } from '../../core/caller.ts'
import { dynamodb, isItemTooLarge, sendIfConditionHolds } from '../../dynamodb/client.ts'
import { isItemExpired, readExpiry } from '../../dynamodb/expiry.ts'
import { LIMITS } from '../limits.ts'
import { extendExpiry, removeExpiry } from './expiry.ts'
import { listSeries } from './series.ts'

/** One item lists the columns of all series of a client, so that a download need not read the whole catalog. */
export const columnsKey = (clientId: string) => ({ series: { S: `columns#${clientId}` }, block: { S: 'all' } })

/**
 * Adds columns to those of a client. Call it before writing the blocks, so that it never lags. It always reads the item,
 * because a purge may have removed it, and adding to a cached copy would store an incomplete item. The item expires no
 * earlier than `expiresAt` (UNIX seconds; undefined for never).
 */
export async function saveColumns(
  clientId: string,
  columns: ReadonlySet<string>,
  expiresAt: number | undefined,
): Promise<void> {
  if (columns.size === 0) return
  const item = await findColumnsItem(clientId)
  const key = columnsKey(clientId)
  const end = item ? (readExpiry(item) ?? Infinity) : 0
  if (expiresAt !== undefined && end < expiresAt) await extendExpiry(key, expiresAt)
  else if (expiresAt === undefined && item && end < Infinity) await removeExpiry(key)
  if (item?.['too_many']) return
  const newColumns = columns.difference(new Set(item?.['columns']?.SS))
  if (newColumns.size > 0 && !(await addColumns(clientId, [...newColumns]))) await markAsTooMany(clientId)
}

async function findColumnsItem(clientId: string) {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key: columnsKey(clientId), ConsistentRead: true }),
  )
  return Item && !isItemExpired(Item) ? Item : undefined
}

/** False if the item has no room for them. */
async function addColumns(clientId: string, columns: string[]): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const write = new UpdateItemCommand({
    TableName: MEASUREMENTS_TABLE,
    Key: columnsKey(clientId),
    UpdateExpression: 'ADD #columns :columns',
    ConditionExpression: 'attribute_not_exists(#columns) OR size(#columns) <= :room',
    ExpressionAttributeNames: { '#columns': 'columns' },
    ExpressionAttributeValues: {
      ':columns': { SS: columns },
      ':room': { N: String(LIMITS.seriesColumns - columns.length) },
    },
  })
  return sendIfConditionHolds(write).catch((error) => {
    if (isItemTooLarge(error)) return false
    throw error
  })
}

/** Removes the columns, since a full item has no room for the mark. */
async function markAsTooMany(clientId: string): Promise<void> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: MEASUREMENTS_TABLE,
      Key: columnsKey(clientId),
      UpdateExpression: 'SET too_many = :true REMOVE #columns',
      ExpressionAttributeNames: { '#columns': 'columns' },
      ExpressionAttributeValues: { ':true': { BOOL: true } },
    }),
  )
}

/**
 * The columns of all series that an owner may read. Reads the catalog for a participant, who has few series, and if the
 * columns of a client are too many for one item.
 */
export async function listColumns(owner: DataOwner): Promise<ReadonlySet<string>> {
  const item = owner.participant === undefined ? await findColumnsItem(owner.clientId) : undefined
  if (item && item['too_many'] === undefined) return new Set(item['columns']?.SS)
  return new Set((await listSeries(owner)).flatMap(({ columns }) => [...columns]))
}
