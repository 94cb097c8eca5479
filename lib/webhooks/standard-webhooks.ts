import { isUtf8 } from 'node:buffer'
import { Webhook } from 'standardwebhooks'
import type { SchemeOf } from '../config/webhook-schemas.ts'
import type { Delivery, Outcome } from './delivery.ts'
import { decodeBytes, headerOf, invalidSecret, isAnyEqual, isTimely, MAX_SIGNATURES } from './delivery.ts'

type StandardWebhooks = SchemeOf<'standard-webhooks'>

/** Svix has its own names for the same headers. */
const PREFIXES = ['webhook', 'svix'] as const

/** Returns the headers of Standard Webhooks that a delivery has. */
export function standardHeaders(delivery: Delivery) {
  const prefix = PREFIXES.find((name) => headerOf(delivery, `${name}-signature`) !== undefined) ?? PREFIXES[0]
  const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) =>
    headerOf(delivery, `${prefix}-${name}`),
  )
  return { id, timestamp, signature }
}

/** Returns the signer of a secret. Throws a `ConfigError` for a secret that is not base64. */
export function standardSigner(scheme: StandardWebhooks, secret: string): Webhook {
  try {
    return new Webhook(secret)
  } catch {
    throw invalidSecret(scheme, 'must be base64, with or without whsec_ before it')
  }
}

/**
 * Verifies the headers of https://www.standardwebhooks.com. The library's own `verify` has a fixed tolerance and parses
 * the body.
 */
export function verifyStandardWebhooks(
  scheme: StandardWebhooks,
  secrets: readonly string[],
  delivery: Delivery,
): Outcome {
  const { id, timestamp, signature } = standardHeaders(delivery)
  if (signature === undefined) return 'signature_missing'
  if (!id) return 'signature_malformed'
  if (timestamp === undefined) return 'time_missing'
  // The library signs the number, so the text must have one form only.
  if (!/^[1-9]\d{0,10}$/.test(timestamp)) return 'time_malformed'
  const given = signature.split(' ', MAX_SIGNATURES).flatMap(readSignature)
  if (given.length === 0) return 'signature_malformed'
  // The library signs text.
  if (!isUtf8(delivery.rawBody)) return 'body_malformed'
  const text = Buffer.from(delivery.rawBody).toString()
  const time = Number(timestamp) * 1_000
  const expected = secrets.flatMap((secret) =>
    readSignature(standardSigner(scheme, secret).sign(id, new Date(time), text)),
  )
  if (!isAnyEqual(given, expected)) return 'signature_wrong'
  return isTimely(time, delivery, scheme) ? 'accepted' : 'time_out_of_range'
}

/** Other versions are asymmetric and are ignored, as in the library. */
const readSignature = (text: string): Buffer[] =>
  text.startsWith('v1,') ? [decodeBytes(text.slice(3), 'base64', 32) ?? []].flat() : []
