import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod/mini'
import { verificationKeys } from '../config/key-schemas.ts'
import type { SchemeOf } from '../config/webhook-schemas.ts'
import { invalidSecret } from './delivery.ts'
import { remoteKeySet } from './key-sets.ts'

type Jwt = SchemeOf<'jwt'>

export interface JwtKeys {
  getKey: JWTVerifyGetKey
  /** Never HS256 together with public keys: their owner does not keep them secret. */
  algorithms: readonly string[]
  /** Whether the keys are at a URL. */
  isRemote: boolean
}

const keySet = verificationKeys()

/** Returns the keys at the URL of a scheme, or those in its secrets. Throws a `ConfigError` if they cannot be used. */
export function jwtKeys(scheme: Jwt, secrets: readonly string[]): JwtKeys[] {
  if (scheme.jwks === undefined) return secrets.map((secret) => keysOfSecret(scheme, secret))
  return [{ getKey: remoteKeySet(scheme.jwks), algorithms: asymmetricOf(scheme), isRemote: true }]
}

function keysOfSecret(scheme: Jwt, secret: string): JwtKeys {
  if (isSharedKey(secret)) {
    if (!scheme.algorithms.includes('HS256')) throw invalidSecret(scheme, 'must be a JWK set')
    const key = new TextEncoder().encode(secret)
    return { getKey: () => key, algorithms: ['HS256'], isRemote: false }
  }
  const keys = z.safeParse(keySet, secret)
  const algorithms = asymmetricOf(scheme)
  if (!keys.success || algorithms.length === 0) {
    throw invalidSecret(
      scheme,
      `must be a ${algorithms.length > 0 ? 'JWK set, with a kid for each key' : 'shared key'}`,
    )
  }
  return { getKey: createLocalJWKSet(keys.data), algorithms, isRemote: false }
}

const asymmetricOf = ({ algorithms }: Jwt) => algorithms.filter((algorithm) => algorithm !== 'HS256')

/** Whether a secret is a shared key. Text that looks like a public key never is. */
export const isSharedKey = (secret: string): boolean => secret !== '' && !/^\s*(?:[[{]|-----BEGIN)/.test(secret)
