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
  const [start = '', between = '', end = ''] = scheme.content.split(/\{time\}|\{body\}/)
  return createHmac(scheme.algorithm, hmacKey(scheme, secret))
    .update(`${start}${time}${between}`)
    .update(body)
    .update(end)
    .digest()
}

/** Verifies an HMAC of the body. */
export function verifyHmac(scheme: Hmac, secrets: readonly string[], delivery: Delivery): Outcome {
  const value = headerOf(delivery, scheme.header)
  if (value === undefined) return 'signature_missing'
  const signature = readSignature(value, scheme)
  if (signature === undefined) return 'signature_malformed'
  const expected = secrets.map((secret) => hmacOf(scheme, secret, delivery.rawBody))
  return isAnyEqual([signature], expected) ? 'accepted' : 'signature_wrong'
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
  const milliseconds = readTime(time)
  if (milliseconds === undefined || times.length > 1) return 'time_malformed'
  const given = signatures.slice(0, MAX_SIGNATURES).flatMap((text) => readSignature(text, scheme) ?? [])
  if (given.length === 0) return 'signature_malformed'
  const expected = secrets.map((secret) => timestampedHmacOf(scheme, secret, time, delivery.rawBody))
  if (!isAnyEqual(given, expected)) return 'signature_wrong'
  return isTimely(milliseconds, delivery, scheme) ? 'accepted' : 'time_out_of_range'
}

function readSignature(text: string, { prefix, encoding, algorithm }: Hmac | TimestampedHmac): Buffer | undefined {
  return text.startsWith(prefix) ? decodeBytes(text.slice(prefix.length), encoding, DIGEST_BYTES[algorithm]) : undefined
}

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

/** UNIX seconds, or milliseconds if they have 13 digits. Returns UNIX milliseconds. */
function readTime(text: string): number | undefined {
  if (/^\d{13}$/.test(text)) return Number(text)
  return /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : undefined
}
