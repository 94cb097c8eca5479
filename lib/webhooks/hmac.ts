import { createHmac } from 'node:crypto'
import type { SchemeOf } from '../config/webhook-schemas.ts'
import type { Delivery, Outcome } from './delivery.ts'
import { decodeBytes, headerOf, invalidSecret, isAnyEqual, isTimely, MAX_SIGNATURES } from './delivery.ts'

type Hmac = SchemeOf<'hmac'>
type TimestampedHmac = SchemeOf<'timestamped-hmac'>

const DIGEST_BYTES = { sha1: 20, sha256: 32, sha512: 64 }

/** Returns the key of a secret. Throws a `ConfigError` for an empty one, with which any caller could sign. */
export function hmacKey(scheme: Hmac | TimestampedHmac, secret: string): string {
  if (secret === '') throw invalidSecret(scheme, 'must not be empty')
  return secret
}

/** Returns the HMAC of the body. */
export const hmacOf = (scheme: Hmac, secret: string, body: Uint8Array): Buffer =>
  createHmac(scheme.algorithm, hmacKey(scheme, secret)).update(body).digest()

/** Returns the HMAC of the scheme's content. `time` is the text as in the header. */
export function timestampedHmacOf(scheme: TimestampedHmac, secret: string, time: string, body: Uint8Array): Buffer {
  const hmac = createHmac(scheme.algorithm, hmacKey(scheme, secret))
  for (const part of scheme.content.split(/(\{time\}|\{body\})/))
    hmac.update(part === '{time}' ? time : part === '{body}' ? body : part)
  return hmac.digest()
}

/** Verifies an HMAC of the body. */
export function verifyHmac(scheme: Hmac, secrets: readonly string[], delivery: Delivery): Outcome {
  const value = headerOf(delivery, scheme.header)
  if (value === undefined) return 'signature_missing'
  const texts = scheme.separator === undefined ? [value] : value.split(scheme.separator)
  const given = readSignatures(texts, scheme)
  if (given.length === 0) return 'signature_malformed'
  const expected = secrets.map((secret) => hmacOf(scheme, secret, delivery.rawBody))
  return isAnyEqual(given, expected) ? 'accepted' : 'signature_wrong'
}

/** Verifies an HMAC of a time and the body. */
export function verifyTimestampedHmac(
  scheme: TimestampedHmac,
  secrets: readonly string[],
  delivery: Delivery,
): Outcome {
  const value = headerOf(delivery, scheme.header)
  if (value === undefined) return 'signature_missing'
  const { times, signatures } = readParts(value, scheme, delivery)
  const [time] = times
  if (time === undefined) return 'time_missing'
  const milliseconds = readTime(time, scheme.timeFormat)
  if (milliseconds === undefined || times.length > 1) return 'time_malformed'
  const given = readSignatures(signatures, scheme)
  if (given.length === 0) return 'signature_malformed'
  const expected = secrets.map((secret) => timestampedHmacOf(scheme, secret, time, delivery.rawBody))
  if (!isAnyEqual(given, expected)) return 'signature_wrong'
  return isTimely(milliseconds, delivery, scheme) ? 'accepted' : 'time_out_of_range'
}

/** The signatures that have the scheme's form. */
const readSignatures = (texts: readonly string[], { prefix, encoding, algorithm }: Hmac | TimestampedHmac): Buffer[] =>
  texts
    .slice(0, MAX_SIGNATURES)
    .map((text) => text.trim())
    .filter((text) => text.startsWith(prefix))
    .flatMap((text) => decodeBytes(text.slice(prefix.length), encoding, DIGEST_BYTES[algorithm]) ?? [])

/** Parts with other names are ignored, such as the `v0=` of Stripe's test mode. */
function readParts(value: string, { parts, timeHeader }: TimestampedHmac, delivery: Delivery) {
  if (!parts) return { times: [headerOf(delivery, timeHeader ?? '')].filter(isDefined), signatures: [value] }
  const named = value.split(parts.separator).map((part) => {
    const [name = '', ...rest] = part.trim().split('=')
    return { name, text: rest.join('=') }
  })
  const textsOf = (wanted: string) => named.flatMap(({ name, text }) => (name === wanted ? [text] : []))
  return { times: textsOf(parts.time), signatures: textsOf(parts.signature) }
}

const isDefined = (text: string | undefined): text is string => text !== undefined

const TIMES = {
  seconds: /^\d{10}$/,
  milliseconds: /^\d{13}$/,
  iso: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/,
}

/** UNIX seconds, or milliseconds if they have 13 digits, or a time in the format. Returns UNIX milliseconds. */
function readTime(text: string, format: TimestampedHmac['timeFormat']): number | undefined {
  if (format !== undefined && !TIMES[format].test(text)) return undefined
  if (format === 'iso') {
    const time = Date.parse(text)
    return Number.isNaN(time) ? undefined : time
  }
  if (/^\d{13}$/.test(text)) return Number(text)
  return /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : undefined
}

/** Returns a time (UNIX milliseconds) as a provider sends it. */
export function timeText({ timeFormat = 'seconds' }: TimestampedHmac, time: number): string {
  if (timeFormat === 'iso') return new Date(time).toISOString()
  return String(timeFormat === 'seconds' ? Math.floor(time / 1_000) : time)
}
