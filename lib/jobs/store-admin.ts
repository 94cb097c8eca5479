import { GetCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'

/** Lists of the index `outbox`: work that the sweep will do, and work that it has given up. */
export type JobList = 'due' | 'parked'

const record = z.object({
  id: z.string(),
  outbox: z.enum(['due', 'parked']),
  kind: z.string(),
  subject: z.string(),
  attempts: z.number(),
  /** A code: why the last attempt failed. */
  reason: z.optional(z.string()),
  /** UNIX milliseconds. */
  received_at: z.number(),
  due_at: z.number(),
})

export type WaitingEvent = z.output<typeof record>

const AT_ONCE = 10

/** Events whose work waits, the longest due first. Bodies stay where they are: they are sealed, and nobody's business. */
export async function listEvents(outbox: JobList, pageSize?: number): Promise<WaitingEvent[]> {
  const found: WaitingEvent[] = []
  await inParallel(await idsOf(outbox, pageSize), AT_ONCE, async (id) => {
    const event = await findEvent(id)
    // The index lags behind the table: what has been done meanwhile waits no more.
    if (event?.outbox === outbox) found.push(event)
  })
  return found.toSorted((one, other) => one.due_at - other.due_at)
}

async function idsOf(outbox: JobList, pageSize?: number): Promise<string[]> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const pages = paginateQuery(
    { client: documents },
    {
      TableName: SESSIONS_TABLE,
      IndexName: 'outbox',
      KeyConditionExpression: 'outbox = :outbox',
      ExpressionAttributeValues: { ':outbox': outbox },
      ...(pageSize !== undefined && { Limit: pageSize }),
    },
  )
  const ids: string[] = []
  for await (const { Items = [] } of pages)
    ids.push(...Items.map((item) => z.pick(record, { id: true }).parse(item).id))
  return ids
}

async function findEvent(id: string): Promise<WaitingEvent | undefined> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const { Item } = await documents.send(
    new GetCommand({
      TableName: SESSIONS_TABLE,
      Key: { id },
      ConsistentRead: true,
      ProjectionExpression: 'id, outbox, kind, subject, attempts, reason, received_at, due_at',
    }),
  )
  return record.safeParse(Item).data
}

/** Has the sweep do the work of a parked event again; false when it is not parked, or there is none such. */
export async function redriveEvent(id: string): Promise<boolean> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  return sendIfConditionHolds(
    documents.send(
      new UpdateCommand({
        TableName: SESSIONS_TABLE,
        Key: { id },
        UpdateExpression: 'SET work_state = :pending, outbox = :due, due_at = :now, attempts = :none',
        ConditionExpression: 'work_state = :parked AND outbox = :parked',
        ExpressionAttributeValues: { ':pending': 'pending', ':due': 'due', ':now': 0, ':none': 0, ':parked': 'parked' },
      }),
    ),
  )
}

/** Redrives each of these; gives those that were parked and those that were not. */
export async function redriveEvents(ids: readonly string[]): Promise<{ redriven: string[]; skipped: string[] }> {
  const redriven = new Set<string>()
  await inParallel(ids, AT_ONCE, async (id) => {
    if (await redriveEvent(id)) redriven.add(id)
  })
  return { redriven: ids.filter((id) => redriven.has(id)), skipped: ids.filter((id) => !redriven.has(id)) }
}
