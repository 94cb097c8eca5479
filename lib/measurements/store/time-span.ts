import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { dynamodb, readString } from '../../dynamodb/client.ts'
import { isItemExpired } from '../../dynamodb/expiry.ts'
import { firstRowTime } from '../block-key.ts'
import { isoTime, rowTime } from '../times.ts'
import { type SeriesId, seriesKey } from './keys.ts'
import { readBlocks } from './read-blocks.ts'

/** Blocks that are searched for the last row. A block with many shorter ones after its start may end later. */
const LAST_BLOCKS = 100

/** ISO times of the first and the last row of a series; an empty object without rows. */
export async function findTimeSpan(clientId: string, series: SeriesId): Promise<{ first?: string; last?: string }> {
  const [first, last] = await Promise.all([findFirstTime(clientId, series), findLastTime(clientId, series)])
  return { ...(first !== undefined && { first }), ...(last !== undefined && { last }) }
}

async function findFirstTime(clientId: string, series: SeriesId): Promise<string | undefined> {
  for await (const block of readBlocks({ clientId, series, from: '0', to: '~', columns: null, likelyRows: 1 })) {
    // Rows of a block are in the order of their times.
    return isoTime(rowTime(block, 0))
  }
  return undefined
}

async function findLastTime(clientId: string, series: SeriesId): Promise<string | undefined> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: MEASUREMENTS_TABLE,
      ConsistentRead: true,
      KeyConditionExpression: 'series = :series',
      ExpressionAttributeValues: { ':series': { S: seriesKey(clientId, series) } },
      ProjectionExpression: '#block, #last, expires_at',
      ExpressionAttributeNames: { '#block': 'block', '#last': 'last' },
      ScanIndexForward: false,
      Limit: LAST_BLOCKS,
    }),
  )
  const times = Items.filter((item) => !isItemExpired(item)).map((item) =>
    Number(item['last']?.N ?? firstRowTime(readString(item, 'block'))),
  )
  return times.length === 0 ? undefined : isoTime(Math.max(...times))
}
