import type { SecretScheme } from '../config/webhook-schemas.ts'
import type { Delivery, Outcome } from './delivery.ts'
import { basicHeader, secretHeader, verifyBasic, verifyHeader } from './header.ts'
import { hmacKey, verifyHmac, verifyTimestampedHmac } from './hmac.ts'
import { verifyJwt } from './jwt.ts'
import { jwtKeys } from './jwt-keys.ts'
import { standardSigner, verifyStandardWebhooks } from './standard-webhooks.ts'

/**
 * Returns whether a scheme accepts a delivery with one of its secrets, or why not: `signature_missing` if the delivery
 * does not use the scheme. Without secrets, it accepts nothing. Throws a `ConfigError` for a secret of the wrong form.
 */
export async function verifyScheme(
  scheme: SecretScheme,
  secrets: readonly string[],
  delivery: Delivery,
): Promise<Outcome> {
  switch (scheme.scheme) {
    case 'standard-webhooks':
      return verifyStandardWebhooks(scheme, secrets, delivery)
    case 'hmac':
      return verifyHmac(scheme, secrets, delivery)
    case 'timestamped-hmac':
      return verifyTimestampedHmac(scheme, secrets, delivery)
    case 'header':
      return verifyHeader(scheme, secrets, delivery)
    case 'basic':
      return verifyBasic(scheme, secrets, delivery)
    case 'jwt':
      return verifyJwt(scheme, secrets, delivery)
  }
}

/** Throws a `ConfigError` if a text cannot be a secret of the scheme. The error does not quote it. */
export function checkSecret(scheme: SecretScheme, secret: string): void {
  switch (scheme.scheme) {
    case 'standard-webhooks':
      standardSigner(scheme, secret)
      break
    case 'hmac':
    case 'timestamped-hmac':
      hmacKey(scheme, secret)
      break
    case 'header':
      secretHeader(scheme, secret)
      break
    case 'basic':
      basicHeader(scheme, secret)
      break
    case 'jwt':
      jwtKeys(scheme, [secret])
  }
}

/** Returns the header that a scheme expects, as words for error messages. */
export function schemeHeader(scheme: SecretScheme): string {
  switch (scheme.scheme) {
    case 'standard-webhooks':
      return 'webhook-signature or svix-signature'
    case 'basic':
      return 'authorization with Basic'
    case 'header':
      return scheme.header ?? `the header that ${scheme.secret ?? 'the secret'} names`
    default:
      return scheme.header
  }
}
