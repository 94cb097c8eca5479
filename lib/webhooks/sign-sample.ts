import { hash, randomUUID } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import * as z from 'zod/mini'
import { signingKeys } from '../config/key-schemas.ts'
import type { SchemeOf, SecretScheme } from '../config/webhook-schemas.ts'
import { invalidSecret } from './delivery.ts'
import { basicHeader, secretHeader } from './header.ts'
import { hmacOf, timestampedHmacOf, timeText } from './hmac.ts'
import { isSharedKey } from './jwt-keys.ts'
import { standardSigner } from './standard-webhooks.ts'

/**
 * Returns the headers with which a provider sends a body at `now` (UNIX milliseconds). The secret of a JWT is a shared key
 * or a JWK set with private keys. Throws a `ConfigError` for a secret that cannot sign. For the command line only.
 */
export async function signSample(
  scheme: SecretScheme,
  secret: string,
  body: Uint8Array,
  now: number,
): Promise<Record<string, string>> {
  const seconds = Math.floor(now / 1_000)
  switch (scheme.scheme) {
    case 'standard-webhooks': {
      const id = `msg_${randomUUID()}`
      const signature = standardSigner(scheme, secret).sign(id, new Date(now), Buffer.from(body))
      return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signature }
    }
    case 'hmac':
      return { [scheme.header]: scheme.prefix + hmacOf(scheme, secret, body).toString(scheme.encoding) }
    case 'timestamped-hmac':
      return signTimestamped(scheme, secret, body, timeText(scheme, now))
    case 'header': {
      const { name, value } = secretHeader(scheme, secret)
      return { [name]: value }
    }
    case 'basic':
      return { authorization: basicHeader(scheme, secret) }
    case 'jwt':
      return { [scheme.header]: await signJwt(scheme, secret, body, seconds) }
  }
}

function signTimestamped(scheme: SchemeOf<'timestamped-hmac'>, secret: string, body: Uint8Array, time: string) {
  const { header, prefix, encoding, parts, timeHeader = '' } = scheme
  const signature = prefix + timestampedHmacOf(scheme, secret, time, body).toString(encoding)
  if (parts === undefined) return { [header]: signature, [timeHeader]: time }
  return { [header]: `${parts.time}=${time}${parts.separator}${parts.signature}=${signature}` }
}

async function signJwt(scheme: SchemeOf<'jwt'>, secret: string, body: Uint8Array, seconds: number): Promise<string> {
  const { key, alg, kid } = await signingKey(scheme, secret)
  return new SignJWT({ [scheme.claim]: hash('sha256', body, scheme.encoding) })
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }) })
    .setIssuedAt(seconds)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + 300)
    .sign(key)
}

async function signingKey(scheme: SchemeOf<'jwt'>, secret: string) {
  if (isSharedKey(secret)) return { key: new TextEncoder().encode(secret), alg: 'HS256', kid: undefined }
  const keys = z.safeParse(signingKeys(), secret)
  const jwk = keys.data?.keys.find(({ alg }) => scheme.algorithms.includes(alg))
  if (jwk === undefined) throw invalidSecret(scheme, 'must be a shared key or a JWK set with a private key')
  return { key: await importJWK(jwk, jwk.alg), alg: jwk.alg, kid: jwk.kid }
}
