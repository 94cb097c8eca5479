import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { dynamodb, isItemTooLarge, sendIfConditionHolds } from '../../dynamodb/client.ts'
import { LIMITS } from '../limits.ts'
import { listSeries } from './series.ts'

/** One item tells the columns of all series of a client, so that a page of rows need not read the catalog of each. */
export const columnsKey = (clientId: string) => ({ series: { S: `columns#${clientId}` }, block: { S: 'all' } })

/**
 * Adds columns to those of a client. Comes before their blocks, so that it never lags. What is there is read each time,
 * which only news cost: a purge removes the item, and whoever remembered it would make an incomplete one of it.
 */
export async function saveColumns(clientId: string, columns: ReadonlySet<string>): Promise<void> {
  if (columns.size === 0) return
  const item = await columnsItem(clientId)
  if (item?.['too_many']) return
  const fresh = columns.difference(new Set(item?.['columns']?.SS))
  if (fresh.size > 0 && !(await add(clientId, [...fresh]))) await markAsTooMany(clientId)
}

async function columnsItem(clientId: string) {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key: columnsKey(clientId), ConsistentRead: true }),
  )
  return Item
}

/** False where there is no room for them. */
async function add(clientId: string, columns: string[]): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const write = dynamodb.send(
    new UpdateItemCommand({
      TableName: MEASUREMENTS_TABLE,
      Key: columnsKey(clientId),
      UpdateExpression: 'ADD #columns :columns',
      ConditionExpression: 'attribute_not_exists(#columns) OR size(#columns) <= :room',
      ExpressionAttributeNames: { '#columns': 'columns' },
      ExpressionAttributeValues: {
        ':columns': { SS: columns },
        ':room': { N: String(LIMITS.seriesColumns - columns.length) },
      },
    }),
  )
  return sendIfConditionHolds(write).catch((error) => {
    if (isItemTooLarge(error)) return false
    throw error
  })
}

/** Without the columns: an item that is full has no room for the mark. */
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

/** The columns of all series of a client. Where they are too many for one item, the catalog is read. */
export async function listColumns(clientId: string): Promise<ReadonlySet<string>> {
  const item = await columnsItem(clientId)
  if (item && item['too_many'] === undefined) return new Set(item['columns']?.SS)
  return new Set((await listSeries(clientId)).flatMap(({ columns }) => [...columns]))
}
