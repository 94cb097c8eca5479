import { GetCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'

/** Lists of the index `outbox`: jobs that will be retried, and dead letters. */
export type JobList = 'due' | 'parked'

const record = z.object({
  id: z.string(),
  outbox: z.enum(['due', 'parked']),
  kind: z.string(),
  subject: z.string(),
  attempts: z.number(),
  /** A code for the last failure. */
  reason: z.optional(z.string()),
  /** UNIX milliseconds. */
  received_at: z.number(),
  due_at: z.number(),
})

export type WaitingEvent = z.output<typeof record>

const AT_ONCE = 10

/** Events of a list, the longest due first. Bodies are not read: they are encrypted and may contain personal data. */
export async function listEvents(list: JobList, pageSize?: number): Promise<WaitingEvent[]> {
  const events: WaitingEvent[] = []
  await inParallel(await eventIds(list, pageSize), AT_ONCE, async (id) => {
    const event = await findEvent(id)
    // The index lags behind the table, where the job may be done already.
    if (event?.outbox === list) events.push(event)
  })
  return events.toSorted((one, other) => one.due_at - other.due_at)
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
    ids.push(...Items.map((item) => z.pick(record, { id: true }).parse(item).id))
  return ids
}

const key = async (id: string) => ({ TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE, Key: { id } })

async function findEvent(id: string): Promise<WaitingEvent | undefined> {
  const { Item } = await documents.send(
    new GetCommand({
      ...(await key(id)),
      ConsistentRead: true,
      ProjectionExpression: 'id, outbox, kind, subject, attempts, reason, received_at, due_at',
    }),
  )
  return record.safeParse(Item).data
}

/** Makes the job of a dead letter due again; false where the event is not a dead letter, or does not exist. */
export async function redriveEvent(id: string): Promise<boolean> {
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await key(id)),
      UpdateExpression: 'SET work_state = :pending, outbox = :due, due_at = :now, attempts = :none',
      ConditionExpression: 'work_state = :parked AND outbox = :parked',
      ExpressionAttributeValues: { ':pending': 'pending', ':due': 'due', ':now': 0, ':none': 0, ':parked': 'parked' },
    }),
  )
}

/** Redrives dead letters. Returns the ids that were redriven, and those that are not dead letters. */
export async function redriveEvents(ids: readonly string[]): Promise<{ redriven: string[]; skipped: string[] }> {
  const redriven = new Set<string>()
  await inParallel(ids, AT_ONCE, async (id) => {
    if (await redriveEvent(id)) redriven.add(id)
  })
  return { redriven: ids.filter((id) => redriven.has(id)), skipped: ids.filter((id) => !redriven.has(id)) }
}
