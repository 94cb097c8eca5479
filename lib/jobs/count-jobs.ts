import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import { documents } from '../dynamodb/client.ts'
import { shardsOf } from '../dynamodb/shards.ts'

/** The number of jobs of events that are due or parked, `limit` at most. */
export async function countJobs(list: 'due' | 'parked', limit: number): Promise<number> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const counts = await Promise.all(
    shardsOf(list).map(async (shard) => {
      const { Count = 0 } = await documents.send(
        new QueryCommand({
          TableName: SESSIONS_TABLE,
          IndexName: 'outbox',
          KeyConditionExpression: 'outbox = :outbox',
          ExpressionAttributeValues: { ':outbox': shard },
          Select: 'COUNT',
          Limit: limit,
        }),
      )
      return Count
    }),
  )
  return Math.min(
    counts.reduce((sum, count) => sum + count, 0),
    limit,
  )
}
