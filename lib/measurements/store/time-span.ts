import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { dynamodb } from '../../dynamodb/client.ts'
import { isoTime, rowTime } from '../times.ts'
import { readBlocks } from './blocks.ts'
import { type SeriesId, seriesKey } from './keys.ts'

/**
 * ISO times of the first row of a series' first block, and of its last row; an empty object without rows. If uploads
 * overlap, a later block may start slightly earlier than the first.
 */
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

/** The key of a block starts with the time of its last row. */
async function findLastTime(clientId: string, series: SeriesId): Promise<string | undefined> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: MEASUREMENTS_TABLE,
      ConsistentRead: true,
      KeyConditionExpression: 'series = :series',
      ExpressionAttributeValues: { ':series': { S: seriesKey(clientId, series) } },
      ProjectionExpression: '#block',
      ExpressionAttributeNames: { '#block': 'block' },
      ScanIndexForward: false,
      Limit: 1,
    }),
  )
  return Items[0]?.['block']?.S?.split('#')[0]
}
