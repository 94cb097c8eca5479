import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import type { WebhookProvider } from '../config/webhook-schemas.ts'
import { parseJsonOrUndefined } from '../core/json.ts'
import { type Delivery, headerOf } from './delivery.ts'
import { standardHeaders } from './standard-webhooks.ts'

/** What Latchkey reads of an event. Its body is stored as received. */
export interface ReadEvent {
  /** Identifies the event at its provider, in keys and public ids: 1 to 128 of the characters `A-Za-z0-9_-`. */
  delivery: string
  /** The provider's name for what happened, of at most 128 characters. */
  type: string | null
  /** When it happened, according to the provider, in UNIX milliseconds. */
  time: number | null
}

/** Half of a surrogate pair becomes U+FFFD, since DynamoDB stores UTF-8. */
const TYPE_CHARACTERS = 128

/** Returns the parsed body, and undefined for a body that is not JSON. */
export type ReadBody = () => unknown

/** Parses a body as JSON when it is read first. JSON is UTF-8: with other bytes, two ids could be decoded as one. */
export function jsonBody(rawBody: Uint8Array): ReadBody {
  let parsed: { body: unknown } | undefined
  return () => {
    parsed ??= { body: isUtf8(rawBody) ? parseJsonOrUndefined(new TextDecoder().decode(rawBody)) : undefined }
    return parsed.body
  }
}

/** Returns the id, type and time of an event. An id of other characters and a missing one become a SHA-256 digest. */
export function readEvent(
  { id, type, time, verify }: Pick<WebhookProvider, 'id' | 'type' | 'time' | 'verify'>,
  delivery: Delivery,
  body: ReadBody = jsonBody(delivery.rawBody),
): ReadEvent {
  const isStandard = verify.some(({ scheme }) => scheme === 'standard-webhooks')
  const signed = isStandard ? standardHeaders(delivery) : undefined
  const givenId = id === undefined ? signed?.id : valueAt(id, delivery, body)
  const givenTime = time === undefined ? signed?.timestamp : valueAt(time, delivery, body)
  return {
    delivery: deliveryId(givenId) ?? hash('sha256', delivery.rawBody, 'base64url'),
    type: textAt(type, delivery, body)?.slice(0, TYPE_CHARACTERS).toWellFormed() ?? null,
    time: givenTime === undefined ? null : toMilliseconds(givenTime),
  }
}

/** Returns the text that the response must repeat, if the provider sent one to check the address. */
export const challengeOf = (
  { challenge }: Pick<WebhookProvider, 'challenge'>,
  delivery: Delivery,
  body: ReadBody = jsonBody(delivery.rawBody),
): string | null => textAt(challenge, delivery, body) ?? null

function textAt(place: string | undefined, delivery: Delivery, body: ReadBody): string | undefined {
  const value = place === undefined ? undefined : valueAt(place, delivery, body)
  return value === undefined || value === '' ? undefined : String(value)
}

/** Returns the string or number at a place: a header, or a JSON pointer (RFC 6901). */
function valueAt(place: string, delivery: Delivery, body: ReadBody): string | number | undefined {
  const value = place.startsWith('/') ? valueAtPointer(body(), place) : headerOf(delivery, place)
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

function valueAtPointer(body: unknown, pointer: string): unknown {
  let value = body
  for (const token of pointer.slice(1).split('/')) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(name)) return undefined
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = Reflect.get(value, name)
  }
  return value
}

/** Returns undefined for blank text, and for numbers that JSON.parse rounds: two events could have the same. */
function deliveryId(value: string | number | undefined): string | undefined {
  if (value === undefined || (typeof value === 'number' && !Number.isSafeInteger(value))) return undefined
  const text = String(value)
  if (/^[\w-]{1,128}$/.test(text)) return text
  return text.trim() === '' ? undefined : hash('sha256', text, 'base64url')
}

/** Earlier numbers are seconds: in milliseconds, they would be before 1973. */
const FIRST_MILLISECONDS = 1e11
/** The last second that a Date can represent. */
const LAST_MILLISECONDS = 8.64e15

/** Reads UNIX seconds or milliseconds, or an ISO 8601 time with its time zone. */
function toMilliseconds(value: string | number): number | null {
  const isNumber = typeof value === 'number' || /^\d{1,16}(?:\.\d{1,9})?$/.test(value)
  const number = isNumber ? Number(value) : parseIsoTime(String(value))
  const milliseconds = Math.round(isNumber && number < FIRST_MILLISECONDS ? number * 1_000 : number)
  return milliseconds >= 0 && milliseconds <= LAST_MILLISECONDS ? milliseconds : null
}

const parseIsoTime = (text: string): number =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)
    ? Date.parse(text)
    : Number.NaN
