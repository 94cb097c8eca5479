import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { dynamodb, readString } from '../../dynamodb/client.ts'
import type { StoredAttribute } from '../columns.ts'

/** Catalog entry of a series. */
export interface Series {
  source: string
  columns: ReadonlySet<string>
  /** Milliseconds; no block of the series has a longer time from its first row to its last. */
  longestSpan: number
}

export const catalogKey = (clientId: string, source: string) => ({
  series: { S: `catalog#${clientId}` },
  block: { S: source },
})

/** The catalog entry of one series; null before its first upload. */
export async function findSeries(clientId: string, source: string): Promise<Series | null> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key: catalogKey(clientId, source), ConsistentRead: true }),
  )
  return Item ? toSeries(Item) : null
}

/** Items of the first query; most pages need no further series. Doubles with every query. */
const FIRST_LIMIT = 8
const MAX_LIMIT = 1_000

/** Yields the series of a client from one on, in the order of UTF-8 bytes. Reads few more than the consumer uses. */
export async function* seriesFrom(clientId: string, from = ''): AsyncGenerator<Series> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const catalog = catalogKey(clientId, '').series
  let start: ReturnType<typeof catalogKey> | undefined
  let limit = FIRST_LIMIT
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new QueryCommand({
        TableName: MEASUREMENTS_TABLE,
        KeyConditionExpression: from === '' ? 'series = :catalog' : 'series = :catalog AND #block >= :from',
        ...(from !== '' && { ExpressionAttributeNames: { '#block': 'block' } }),
        ExpressionAttributeValues: { ':catalog': catalog, ...(from !== '' && { ':from': { S: from } }) },
        ConsistentRead: true,
        Limit: limit,
        ...(start && { ExclusiveStartKey: start }),
      }),
    )
    for (const item of Items) yield toSeries(item)
    const last = LastEvaluatedKey?.['block']?.S
    start = last === undefined ? undefined : catalogKey(clientId, last)
    limit = Math.min(limit * 2, MAX_LIMIT)
  } while (start)
}

/** All series of a client. Reads the whole catalog, which may be long. */
export const listSeries = (clientId: string): Promise<Series[]> => Array.fromAsync(seriesFrom(clientId))

function toSeries(item: Record<string, StoredAttribute & { SS?: string[]; NS?: string[] }>): Series {
  return {
    source: readString(item, 'block'),
    columns: new Set(item['columns']?.SS),
    longestSpan: Math.max(0, ...(item['spans']?.NS ?? []).map(Number)),
  }
}
