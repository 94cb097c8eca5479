import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { settings } from '../config.ts'
import { LIMITS } from '../measurements/limits.ts'
import { conditionHolds, dynamodb, isItemTooLarge } from './dynamodb.ts'
import { listSeries } from './series.ts'

/** What this container has noted, for each client. May be lost at any time, and is after a while, as of series. */
const seen = new Map<string, { columns: ReadonlySet<string>; until: number }>()
const SEEN_AT_MOST = 10_000
const SEEN_MS = 15 * 60_000

/** One item tells the columns of all series of a client, so that a page of rows need not read the catalog of each. */
export const columnsKey = (clientId: string) => ({ series: { S: `columns#${clientId}` }, block: { S: 'all' } })

/** Adds columns to those of a client. Comes before their blocks, so that it never lags. */
export async function noteColumns(clientId: string, columns: ReadonlySet<string>): Promise<void> {
  const last = seen.get(clientId)
  const known = last && last.until > Date.now() ? last : { columns: new Set<string>(), until: Date.now() + SEEN_MS }
  const fresh = columns.difference(known.columns)
  if (fresh.size === 0) return
  if (!(await add(clientId, [...fresh]))) await markAsTooMany(clientId)
  if (seen.size >= SEEN_AT_MOST) seen.clear()
  seen.set(clientId, { columns: known.columns.union(fresh), until: known.until })
}

/** False where there is no room for them. */
async function add(clientId: string, columns: string[]): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await settings('MEASUREMENTS_TABLE')
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
  return conditionHolds(write).catch((error) => {
    if (isItemTooLarge(error)) return false
    throw error
  })
}

async function markAsTooMany(clientId: string): Promise<void> {
  const { MEASUREMENTS_TABLE } = await settings('MEASUREMENTS_TABLE')
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: MEASUREMENTS_TABLE,
      Key: columnsKey(clientId),
      UpdateExpression: 'SET too_many = :true',
      ExpressionAttributeValues: { ':true': { BOOL: true } },
    }),
  )
}

/** The columns of all series of a client. Where they are too many for one item, the catalog is read. */
export async function listColumns(clientId: string): Promise<ReadonlySet<string>> {
  const { MEASUREMENTS_TABLE } = await settings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key: columnsKey(clientId), ConsistentRead: true }),
  )
  if (Item && Item['too_many'] === undefined) return new Set(Item['columns']?.SS)
  return new Set((await listSeries(clientId)).flatMap(({ columns }) => [...columns]))
}
