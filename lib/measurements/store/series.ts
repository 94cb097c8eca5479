import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { dynamodb } from '../../dynamodb/client.ts'
import type { StoredAttribute } from '../columns.ts'

/** What is known of a series without reading it: its columns, and how long a block of it lasts at most. */
export interface Series {
  source: string
  columns: ReadonlySet<string>
  /** Milliseconds; no block of the series lasts longer from its first row to its last. */
  longestSpan: number
}

export const catalogKey = (clientId: string, source: string) => ({
  series: { S: `catalog#${clientId}` },
  block: { S: source },
})

/** The catalog item of one series; null while nothing was uploaded to it. */
export async function findSeries(clientId: string, source: string): Promise<Series | null> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key: catalogKey(clientId, source), ConsistentRead: true }),
  )
  return Item ? toSeries(Item) : null
}

/** Items asked for at first: a page of rows seldom needs more series. Doubled with every step. */
const FIRST_STEP = 8
const LARGEST_STEP = 1_000

/** Series of a client by name, in the order of UTF-8 bytes, from one on; as many are read as are asked for, and few more. */
export async function* seriesFrom(clientId: string, from = ''): AsyncGenerator<Series> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const catalog = catalogKey(clientId, '').series
  let start: ReturnType<typeof catalogKey> | undefined
  let limit = FIRST_STEP
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
    limit = Math.min(limit * 2, LARGEST_STEP)
  } while (start)
}

/** All series of a client. Reads the whole catalog, which may be long: for what needs all of it. */
export const listSeries = (clientId: string): Promise<Series[]> => Array.fromAsync(seriesFrom(clientId))

function toSeries(item: Record<string, StoredAttribute & { SS?: string[]; NS?: string[] }>): Series {
  return {
    source: item['block']?.S ?? '',
    columns: new Set(item['columns']?.SS),
    longestSpan: Math.max(0, ...(item['spans']?.NS ?? []).map(Number)),
  }
}
