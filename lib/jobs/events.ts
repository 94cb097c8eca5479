import { hash } from 'node:crypto'
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { encryptSecret, tryDecryptBytes } from '../crypto/stored-secrets.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'

/**
 * Larger than the events of any known provider.
 * @limit Requests | bytes of a webhook
 */
export const EVENT_BYTES = 1_000_000
/** How long repeated deliveries of an event are recognised, and its body and outcome stored. */
const REMEMBERED_MS = 90 * 86_400_000
/** A longer body has items of its own, because each update of an item is paid by its size. */
const INLINE_BYTES = 8_000
/** Encrypted, a chunk has a third more; DynamoDB limits items to 400 KB. */
const CHUNK_BYTES = 256_000
const CHUNKS_AT_ONCE = 4

/** A provider's notification. Providers deliver one several times; `delivery` is the same for all of them. */
export interface ProviderEvent {
  provider: string
  /** Letters, digits and `_ . - #`. */
  delivery: string
  /** Input of the job, such as an interview id. */
  subject: string
  /** As the provider names it, such as `invoice.paid`. */
  type: string | null
  /** When it happened, in UNIX milliseconds, where the provider says so. */
  time: number | null
  contentType: string
  /** The scheme that proved the sender; null for an open endpoint. */
  verifiedBy: string | null
  /** The bytes as they arrived. They are stored encrypted, because they may contain tokens and names. */
  body: Uint8Array
  /** UNIX milliseconds. */
  receivedAt: number
}

const PREFIX = 'event#'
export const eventKey = ({ provider, delivery }: Pick<ProviderEvent, 'provider' | 'delivery'>): string =>
  `${PREFIX}${provider}#${delivery}`

/** The id that callers see: `stripe:evt_1`. It needs no encoding in a path. */
export const eventId = (key: string): string => key.slice(PREFIX.length).replaceAll('#', ':')
export const keyOfEvent = (id: string): string => `${PREFIX}${id.replaceAll(':', '#')}`
export const providerOfKey = (key: string): string => key.split('#')[1] ?? ''

/** The index `events` lists the events of each provider by the time at which they were received. */
export const eventOrder = (receivedAt: number, key: string): string => `${new Date(receivedAt).toISOString()}#${key}`

const tableName = async () => (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE

/** Stores an event. A repeated delivery changes only the count of its deliveries. */
export async function recordEvent(event: ProviderEvent): Promise<void> {
  if (await createEvent({ ...(await eventItem(event)), deliveries: 1 }, event.receivedAt)) return
  await documents.send(
    new UpdateCommand({
      TableName: await tableName(),
      Key: { id: eventKey(event) },
      UpdateExpression: 'ADD deliveries :one',
      ExpressionAttributeValues: { ':one': 1 },
    }),
  )
}

/**
 * Stores the item of an event, unless it exists: what a later delivery with the same id says is ignored. DynamoDB deletes
 * expired items late, so an expired one is replaced.
 */
export async function createEvent(Item: Record<string, unknown>, now: number): Promise<boolean> {
  return sendIfConditionHolds(
    new PutCommand({
      TableName: await tableName(),
      Item,
      ConditionExpression: 'attribute_not_exists(id) OR expires_at < :now',
      ExpressionAttributeValues: { ':now': unixSeconds(now) },
    }),
  )
}

/** The item of an event. A long body is stored before, so that an event never lacks it. */
export async function eventItem(event: ProviderEvent): Promise<Record<string, unknown>> {
  const { provider, subject, type, time, contentType, verifiedBy, receivedAt } = event
  return {
    id: eventKey(event),
    provider,
    subject,
    content_type: contentType,
    ...(type !== null && { event_type: type }),
    ...(time !== null && { event_time: time }),
    ...(verifiedBy !== null && { verified_by: verifiedBy }),
    ...(await bodyFields(event)),
    received_at: receivedAt,
    event_list: provider,
    event_order: eventOrder(receivedAt, eventKey(event)),
    expires_at: unixSeconds(receivedAt + REMEMBERED_MS),
  }
}

async function bodyFields(event: ProviderEvent) {
  const { body, receivedAt } = event
  if (body.length <= INLINE_BYTES) return { body: await encryptSecret(body), body_bytes: body.length }
  const digest = hash('sha256', body, 'base64url')
  const chunks = Math.ceil(body.length / CHUNK_BYTES)
  // A repeated delivery must not pay for its body again.
  if (!(await isStored(eventKey(event)))) await saveChunks(body, digest, chunks, receivedAt)
  return { body_digest: digest, body_chunks: chunks, body_bytes: body.length }
}

async function isStored(id: string): Promise<boolean> {
  const input = { TableName: await tableName(), Key: { id }, ConsistentRead: true, ProjectionExpression: 'id' }
  return (await documents.send(new GetCommand(input))).Item !== undefined
}

const chunkId = (digest: string, number: number): string => `event-body#${digest}#${number}`

/** Chunks are stored under the digest of the body, so that concurrent deliveries write the same. */
async function saveChunks(body: Uint8Array, digest: string, chunks: number, receivedAt: number): Promise<void> {
  const TableName = await tableName()
  // A day longer than the event, which must not outlive its body.
  const expires_at = unixSeconds(receivedAt + REMEMBERED_MS + 86_400_000)
  await inParallel(Array(chunks).keys(), CHUNKS_AT_ONCE, async (number) => {
    const chunk = await encryptSecret(body.subarray(number * CHUNK_BYTES, (number + 1) * CHUNK_BYTES))
    await documents.send(new PutCommand({ TableName, Item: { id: chunkId(digest, number), chunk, expires_at } }))
  })
}

const storedBody = z.object({
  body: z.optional(z.string()),
  body_digest: z.optional(z.string()),
  body_chunks: z.optional(z.number()),
})

/** The bytes of a stored event, from the attributes of its item. Null if no key decrypts them. */
export async function readBody(item: Readonly<Record<string, unknown>>): Promise<Uint8Array | null> {
  const { body, body_digest = '', body_chunks = 0 } = storedBody.parse(item)
  if (body !== undefined) return tryDecryptBytes('event', body)
  const TableName = await tableName()
  const parts = new Map<number, Uint8Array>()
  await inParallel(Array(body_chunks).keys(), CHUNKS_AT_ONCE, async (number) => {
    const Key = { id: chunkId(body_digest, number) }
    const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }))
    const chunk = z.object({ chunk: z.string() }).safeParse(Item).data?.chunk
    const part = chunk === undefined ? null : await tryDecryptBytes('event', chunk)
    if (part) parts.set(number, part)
  })
  if (parts.size < body_chunks) return null
  return Buffer.concat([...Array(body_chunks).keys()].map((number) => parts.get(number) ?? Buffer.of()))
}
