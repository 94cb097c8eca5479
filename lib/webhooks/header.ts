import { parseHeaderLine } from '../config/secret-schemas.ts'
import type { SchemeOf } from '../config/webhook-schemas.ts'
import { matchesDigest, secretDigest } from '../crypto/secrets.ts'
import { type Delivery, headerOf, invalidSecret, type Outcome } from './delivery.ts'

/** Returns the header that the provider sends. Throws a `ConfigError` for a secret that does not have its form. */
export function secretHeader(scheme: SchemeOf<'header'>, secret: string): { name: string; value: string } {
  if (scheme.header === undefined) {
    const line = parseHeaderLine(secret)
    if (!line) throw invalidSecret(scheme, 'must be Name: value, with at least 8 ASCII characters as value')
    return line
  }
  const value = secret.trim()
  if (value === '') throw invalidSecret(scheme, 'must not be empty')
  return { name: scheme.header, value }
}

/** Verifies a header with a secret value. */
export function verifyHeader(scheme: SchemeOf<'header'>, secrets: readonly string[], delivery: Delivery): Outcome {
  const sent = secrets.flatMap((secret) => {
    const { name, value } = secretHeader(scheme, secret)
    const given = headerOf(delivery, name)
    return given === undefined ? [] : [{ given, value }]
  })
  if (sent.length > 0) return outcomeOf(sent)
  return scheme.header !== undefined && headerOf(delivery, scheme.header) !== undefined
    ? 'signature_wrong'
    : 'signature_missing'
}

/** Returns the header of HTTP Basic (RFC 7617). Throws a `ConfigError` for a secret without a user and a password. */
export function basicHeader(scheme: SchemeOf<'basic'>, secret: string): string {
  if (!/^[^:]+:./s.test(secret)) throw invalidSecret(scheme, 'must be user:password')
  return `Basic ${Buffer.from(secret).toString('base64')}`
}

/** Verifies HTTP Basic. */
export function verifyBasic(scheme: SchemeOf<'basic'>, secrets: readonly string[], delivery: Delivery): Outcome {
  const [name = '', credentials = '', ...rest] = (headerOf(delivery, 'authorization') ?? '').split(/ +/)
  if (name.toLowerCase() !== 'basic') return 'signature_missing'
  if (rest.length > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(credentials)) return 'signature_malformed'
  return outcomeOf(secrets.map((secret) => ({ given: `Basic ${credentials}`, value: basicHeader(scheme, secret) })))
}

/** The digests have one length, so that comparing them takes the same time for all values. */
const outcomeOf = (pairs: readonly { given: string; value: string }[]): Outcome =>
  pairs.some(({ given, value }) => matchesDigest(given, secretDigest(value))) ? 'accepted' : 'signature_wrong'
