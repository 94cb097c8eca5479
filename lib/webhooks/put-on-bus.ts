import { isUtf8 } from 'node:buffer'
import * as z from 'zod/mini'
import { AwsError, sendAwsRequest, serviceUrl } from '../config/aws-request.ts'
import { parseJsonOrUndefined } from '../core/json.ts'
import { connectionError, isTimeout, type OutgoingEvent, sendFailure } from './send-failure.ts'

/** AWS documents 1 MB for an entry, without saying which; this fits both. */
const ENTRY_BYTES = 1_000_000
/** EventBridge measures a time as 14 bytes. */
const TIME_BYTES = 14
const DETAIL_TYPE_CHARACTERS = 128

interface Entry {
  EventBusName: string
  Source: string
  DetailType: string
  /** JSON. */
  Detail: string
  /** UNIX seconds. */
  Time: number
}

const responseBody = z.object({
  FailedEntryCount: z.number(),
  Entries: z.array(z.object({ ErrorCode: z.optional(z.string()) })),
})

/**
 * Puts an event on a bus of EventBridge, as `{ id, provider, type, received_at, body }`. A body that is not JSON is in
 * `body_base64` with its `content_type`. A body that EventBridge does not accept is replaced by `body_omitted`. Throws a
 * problem unless EventBridge accepts the entry by `deadline` (UNIX milliseconds).
 */
export async function putOnBus(event: OutgoingEvent, bus: string, deadline: number): Promise<void> {
  const whole = entryOf(event, bus, bodyMember(event))
  const withoutBody = entryOf(event, bus, '"body_omitted":true')
  try {
    if (entryBytes(whole) > ENTRY_BYTES) return await putEntry(withoutBody, deadline)
    // Some partitions accept less than 1 MB, and each limits the nesting of JSON.
    await putEntry(whole, deadline).catch((error: unknown) => {
      if (!isContentRejected(error)) throw error
      return putEntry(withoutBody, deadline)
    })
  } catch (error) {
    throw problemOf(error, event.provider)
  }
}

/** A JSON body stays the same text, because parsing would change long numbers. */
function bodyMember({ body, contentType }: OutgoingEvent): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const text = isUtf8(bytes) ? bytes.toString() : ''
  if (parseJsonOrUndefined(text) !== undefined) return `"body":${text}`
  return JSON.stringify({ content_type: contentType, body_base64: bytes.toString('base64') }).slice(1, -1)
}

function entryOf({ id, provider, type, receivedAt }: OutgoingEvent, bus: string, member: string): Entry {
  const head = JSON.stringify({ id, provider, type, received_at: new Date(receivedAt).toISOString() })
  return {
    EventBusName: bus,
    Source: `latchkey.${provider}`,
    DetailType: (type || 'event').slice(0, DETAIL_TYPE_CHARACTERS).toWellFormed(),
    Detail: `${head.slice(0, -1)},${member}}`,
    Time: receivedAt / 1000,
  }
}

const entryBytes = ({ Source, DetailType, Detail }: Entry): number =>
  TIME_BYTES + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail)

async function putEntry(entry: Entry, deadline: number): Promise<void> {
  const timeoutMs = Math.ceil(deadline - Date.now())
  if (timeoutMs <= 0) throw Object.assign(new Error('The time is up.'), { name: 'AbortError' })
  const region = process.env['AWS_REGION'] ?? ''
  const url = serviceUrl('EVENTBRIDGE', 'events', region)
  const body = JSON.stringify({ Entries: [entry] })
  const text = await sendAwsRequest({ service: 'events', region, url, target: 'AWSEvents.PutEvents', body, timeoutMs })
  const response = responseBody.safeParse(parseJsonOrUndefined(text))
  if (!response.success) throw Object.assign(new Error('The response is invalid.'), { code: 'invalid_response' })
  const { FailedEntryCount, Entries } = response.data
  if (FailedEntryCount > 0) throw new AwsError(200, Entries[0]?.ErrorCode ?? 'UnknownError')
}

const isContentRejected = (error: unknown): boolean =>
  error instanceof AwsError &&
  (error.$metadata.httpStatusCode === 413 || /Validation|TooLarge|MalformedDetail|InvalidArgument/.test(error.name))

function problemOf(error: unknown, provider: string) {
  const failure = (code: Parameters<typeof sendFailure>[0], facts: Parameters<typeof sendFailure>[2]) =>
    sendFailure(code, `The event bus of ${provider}`, { provider, operation: 'bus', ...facts })
  if (isTimeout(error)) return failure('provider_timeout', {})
  if (!(error instanceof AwsError)) return failure('provider_unavailable', { reason: connectionError(error) })
  const facts = { status: error.$metadata.httpStatusCode, reason: error.name }
  return failure(error.isTemporary ? 'provider_unavailable' : 'provider_refused', facts)
}
