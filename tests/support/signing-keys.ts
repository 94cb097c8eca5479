import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { SigningAlgorithm } from '../../lib/core/signing-algorithms.ts'
import { isPrivate, makeSigningKey, publicHalf } from '../../lib/crypto/deployment-secrets.ts'
import type { Latchkey } from './latchkey.ts'

export interface SigningKey extends JWK {
  kid: string
  alg: SigningAlgorithm
  signs_from?: number
}

export const publicKey = ({ kid, alg, ...key }: SigningKey): SigningKey => ({
  ...publicHalf({ ...key, kid }),
  kid,
  alg,
})

/** Gives the functions a key set, as a rotation does. */
export async function useKeys(latchkey: Latchkey, keys: readonly SigningKey[]): Promise<void> {
  process.env['SIGNING_KEYS'] = JSON.stringify({ keys: keys.filter(isPrivate) })
  process.env['VERIFICATION_KEYS'] = JSON.stringify({ keys: keys.map(publicKey) })
  await latchkey.anotherContainer()
}

interface TokenParts {
  claims: JWTPayload
  header?: { alg?: string; typ?: string; kid?: string }
}

/** A token that is signed with the key, with any claims and header. */
export async function signWith(key: SigningKey, { claims, header }: TokenParts): Promise<string> {
  const fields = { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header }
  return new SignJWT(claims).setProtectedHeader(fields).sign(await importJWK(key, fields.alg))
}

/** The token with another scope, under the signature of the first one. */
export function tamper(token: string): string {
  const [header, payload = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const changed = Buffer.from(JSON.stringify({ ...claims, scope: 'upload download' })).toString('base64url')
  return [header, changed, signature].join('.')
}

/** Tokens of one algorithm that every verifier must reject, made from the claims of a live one. */
export async function rejectedTokens(key: SigningKey, live: string, claims: JWTPayload) {
  const now = Math.floor(Date.now() / 1000)
  return {
    expired: await signWith(key, { claims: { ...claims, iat: now - 7_200, exp: now - 3_600 } }),
    foreign: await signWith({ ...(await makeSigningKey(key.alg)), kid: key.kid }, { claims }),
    tampered: tamper(live),
    'of another audience': await signWith(key, { claims: { ...claims, aud: 'https://other.example' } }),
  }
}
