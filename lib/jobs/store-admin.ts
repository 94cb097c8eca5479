import { GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { documents } from '../dynamodb/client.ts'
import { eventRecord, type StoredEvent, toEvent } from './stored-event.ts'

/** Lists of the index `outbox`: jobs that will be retried, and dead letters. */
export type JobList = 'due' | 'parked'

const waitingEvent = z.extend(eventRecord, { outbox: z.enum(['due', 'parked']), due_at: z.number() })
type WaitingEvent = z.output<typeof waitingEvent>

const AT_ONCE = 10

/** Events of a list, the longest due first, without their bodies. */
export async function listEvents(list: JobList, pageSize?: number): Promise<StoredEvent[]> {
  const events: WaitingEvent[] = []
  await inParallel(await eventIds(list, pageSize), AT_ONCE, async (id) => {
    const event = await findEvent(id)
    // The index lags behind the table, where the job may be done already.
    if (event?.outbox === list) events.push(event)
  })
  return events.toSorted((one, other) => one.due_at - other.due_at).map(toEvent)
}

async function eventIds(list: JobList, pageSize?: number): Promise<string[]> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const pages = paginateQuery(
    { client: documents },
    {
      TableName: SESSIONS_TABLE,
      IndexName: 'outbox',
      KeyConditionExpression: 'outbox = :outbox',
      ExpressionAttributeValues: { ':outbox': list },
      ...(pageSize !== undefined && { Limit: pageSize }),
    },
  )
  const ids: string[] = []
  for await (const { Items = [] } of pages)
    ids.push(...Items.map((item) => z.object({ id: z.string() }).parse(item).id))
  return ids
}

async function findEvent(id: string): Promise<WaitingEvent | undefined> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const { Item } = await documents.send(
    new GetCommand({ TableName: SESSIONS_TABLE, Key: { id }, ConsistentRead: true }),
  )
  return waitingEvent.safeParse(Item).data
}
