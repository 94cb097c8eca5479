import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import { documents } from '../dynamodb/client.ts'

/** The number of jobs of events that are due or parked, `limit` at most. */
export async function countJobs(list: 'due' | 'parked', limit: number): Promise<number> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const { Count = 0 } = await documents.send(
    new QueryCommand({
      TableName: SESSIONS_TABLE,
      IndexName: 'outbox',
      KeyConditionExpression: 'outbox = :outbox',
      ExpressionAttributeValues: { ':outbox': list },
      Select: 'COUNT',
      Limit: limit,
    }),
  )
  return Count
}
