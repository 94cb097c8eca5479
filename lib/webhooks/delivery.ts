import { timingSafeEqual } from 'node:crypto'
import { ConfigError } from '../config/config-error.ts'
import type { SecretScheme } from '../config/webhook-schemas.ts'

/** What a scheme checks. */
export interface Delivery {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  /** The body exactly as received: signatures cover these bytes. */
  rawBody: Uint8Array
  /** UNIX milliseconds. */
  receivedAt: number
}

/** Why a scheme does not accept a delivery: codes for metrics. */
export const REFUSALS = [
  /** The delivery does not use the scheme: its header is missing, or has another authentication scheme. */
  'signature_missing',
  'signature_malformed',
  /** Neither of the secrets or keys made the signature, or it belongs to another body. */
  'signature_wrong',
  'time_missing',
  'time_malformed',
  /** Reported only if the signature is correct: a replay, or a wrong clock. */
  'time_out_of_range',
  /** The scheme signs text, and the body is not UTF-8. */
  'body_malformed',
  /** The key set could not be read. The response must be 503, so that the provider retries. */
  'keys_unavailable',
] as const
export type Refusal = (typeof REFUSALS)[number]
export type Outcome = 'accepted' | Refusal

/** Signatures of one delivery that are compared; providers send two while a secret is replaced. */
export const MAX_SIGNATURES = 20

/** Returns the trimmed value of a header. */
export const headerOf = ({ headers }: Delivery, name: string): string | undefined =>
  Object.hasOwn(headers, name) ? headers[name]?.trim() : undefined

/** Decodes exactly `length` bytes. Returns undefined for other lengths, characters and padding. Hex has any case. */
export function decodeBytes(text: string, encoding: 'hex' | 'base64', length: number): Buffer | undefined {
  const bytes = Buffer.from(text, encoding)
  // Buffer ignores invalid characters, so the bytes are encoded again.
  const isExact = bytes.toString(encoding) === (encoding === 'hex' ? text.toLowerCase() : text)
  return isExact && bytes.length === length ? bytes : undefined
}

/** Compares each signature with each expected one, in constant time. */
export const isAnyEqual = (given: readonly Buffer[], expected: readonly Buffer[]): boolean =>
  given.some((one) => expected.some((other) => one.length === other.length && timingSafeEqual(one, other)))

/** Whether a time (UNIX milliseconds) differs from that of receipt by at most `tolerance` seconds. */
export const isTimely = (time: number, { receivedAt }: Delivery, { tolerance }: { tolerance: number }): boolean =>
  Math.abs(receivedAt - time) <= tolerance * 1_000

/** An error that names the setting of a secret and the `rule` it breaks, never its value. */
export const invalidSecret = ({ scheme, secret }: SecretScheme, rule: string): ConfigError =>
  new ConfigError([`${secret ?? `the secret of a webhook with ${scheme}`} ${rule}`])
