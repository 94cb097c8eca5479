import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents } from './client.ts'
import { shardsOf } from './shards.ts'

const dueItem = z.object({ id: z.string(), due_at: z.number() })

/** Ids of items of a list that are due at a time (UNIX milliseconds), the longest due first, across the shards of the list. */
export async function findDue(list: string, now: number, limit: number): Promise<string[]> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const shards = await Promise.all(
    shardsOf(list).map(async (shard) => {
      const { Items } = await documents.send(
        new QueryCommand({
          TableName: SESSIONS_TABLE,
          IndexName: 'outbox',
          KeyConditionExpression: 'outbox = :list AND due_at <= :now',
          ExpressionAttributeValues: { ':list': shard, ':now': now },
          Limit: limit,
        }),
      )
      return z.array(dueItem).parse(Items)
    }),
  )
  const items = shards.flat().toSorted((one, other) => one.due_at - other.due_at)
  return items.slice(0, limit).map(({ id }) => id)
}
