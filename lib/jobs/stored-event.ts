import { GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { documents } from '../dynamodb/client.ts'
import { isExpired } from '../dynamodb/expiry.ts'
import { EVENT_STATES, type EventState } from './event-states.ts'
import { eventId, keyOfEvent, readBody } from './events.ts'

/** The attributes of an event's item that name no person. The index `events` has them too. */
export const eventRecord = z.object({
  id: z.string(),
  provider: z.string(),
  event_type: z.optional(z.string()),
  event_time: z.optional(z.number()),
  content_type: z.optional(z.string()),
  verified_by: z.optional(z.string()),
  body_bytes: z.optional(z.number()),
  received_at: z.number(),
  work_state: z.optional(z.enum(['pending', 'parked', 'done'])),
  attempts: z.optional(z.number()),
  reason: z.optional(z.string()),
  due_at: z.optional(z.number()),
  sent_to: z.optional(z.array(z.string())),
  expires_at: z.number(),
})
export type EventRecord = z.output<typeof eventRecord>

const isoTime = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString())

/** An event as callers see it, without its body. */
export const eventSchema = z.object({
  id: z.string(),
  provider: z.string(),
  type: z.nullable(z.string()),
  state: z.enum(EVENT_STATES),
  received_at: z.string(),
  occurred_at: z.nullable(z.string()),
  verified_by: z.nullable(z.string()),
  content_type: z.nullable(z.string()),
  bytes: z.nullable(z.number()),
  attempts: z.number(),
  reason: z.nullable(z.string()),
  due_at: z.nullable(z.string()),
  sent_to: z.array(z.string()),
})

export type StoredEvent = z.output<typeof eventSchema>

export const stateOfEvent = ({ work_state }: Pick<EventRecord, 'work_state'>): EventState => work_state ?? 'stored'

export const toEvent = (item: EventRecord): StoredEvent => ({
  id: eventId(item.id),
  provider: item.provider,
  type: item.event_type ?? null,
  state: stateOfEvent(item),
  received_at: new Date(item.received_at).toISOString(),
  occurred_at: isoTime(item.event_time),
  verified_by: item.verified_by ?? null,
  content_type: item.content_type ?? null,
  bytes: item.body_bytes ?? null,
  attempts: item.attempts ?? 0,
  reason: item.reason ?? null,
  due_at: isoTime(item.due_at),
  sent_to: item.sent_to ?? [],
})

/** Schema of the public id of an event, such as `stripe:evt_1`. */
export const eventIdSchema = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9-]{0,31}:[\w.:-]{1,512}$/, 'must be the id of an event, such as stripe:evt_1'))

/** The event with a public id. Throws `not_found`. */
export async function requireEvent(id: string): Promise<EventRecord> {
  const item = await findEventItem(keyOfEvent(id))
  if (!item) throw eventNotFound()
  return eventRecord.parse(item)
}

export const eventNotFound = () => new Problem('not_found', 'There is no event with this id. It may have expired.')

/** The item of an event by its key; null if there is none, or it has expired. `readBody` reads its body. */
export async function findEventItem(key: string): Promise<Record<string, unknown> | null> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const { Item } = await documents.send(
    new GetCommand({ TableName: SESSIONS_TABLE, Key: { id: key }, ConsistentRead: true }),
  )
  return Item && !isExpired(eventRecord.parse(Item).expires_at) ? Item : null
}

/** A media type (RFC 9110 section 8.3.1) with parameters of printable ASCII. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e]*)?$/

/** The bytes of an event as they arrived, and their content type. Throws `not_found`. */
export async function requireEventBody(id: string): Promise<{ body: Uint8Array; contentType: string }> {
  const item = await findEventItem(keyOfEvent(id))
  if (!item) throw eventNotFound()
  const { content_type = 'application/json' } = eventRecord.parse(item)
  const body = await readBody(item)
  if (!body) throw bodyUnreadable()
  return { body, contentType: MEDIA_TYPE.test(content_type) ? content_type : 'application/octet-stream' }
}

export const bodyUnreadable = () =>
  new Problem('not_found', 'The body of the event cannot be read: no key of SEAL_KEYS or SEAL_KEY decrypts all of it.')
