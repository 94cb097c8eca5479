import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import { dynamodb } from '../dynamodb/client.ts'
import { PARKED, SHARDS } from './due-lists.ts'

/** The number of blocks that are due or parked, `limit` at most. */
export async function countBlocks(list: 'due' | 'parked', limit: number): Promise<number> {
  const counts = await Promise.all((list === 'due' ? SHARDS : [PARKED]).map((name) => countList(name, limit)))
  return Math.min(
    limit,
    counts.reduce((sum, count) => sum + count, 0),
  )
}

async function countList(list: string, limit: number): Promise<number> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Count = 0 } = await dynamodb.send(
    new QueryCommand({
      TableName: MEASUREMENTS_TABLE,
      IndexName: 'forward',
      KeyConditionExpression: 'forward_list = :list',
      ExpressionAttributeValues: { ':list': { S: list } },
      Select: 'COUNT',
      Limit: limit,
    }),
  )
  return Count
}
