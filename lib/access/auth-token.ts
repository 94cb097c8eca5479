import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, errors, importJWK, type JSONWebKeySet, type JWK, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod/mini'
import { createToken } from '../clients/store-tokens.ts'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'

/** Clocks of the functions' hosts may differ by this much. */
export const CLOCK_TOLERANCE_SECONDS = 5

/** A token as responses hold it. */
export const jwt = z.string().check(z.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/))

export interface TokenGrant {
  clientId: string
  scope: readonly string[]
  participantId?: string
  /** Whether the participant was named by a confidential client, which has proved itself. */
  participantTrusted: boolean
  /** Seconds. */
  life: number
}

/**
 * Makes an auth token and its record, by which it can be revoked. The participant stays in the record: whoever finds a
 * token must not read a person in it.
 */
export async function issueToken(
  { clientId, scope, participantId, participantTrusted, life }: TokenGrant,
  now: number,
) {
  const issuedAt = Math.floor(now / 1000)
  const expiresAt = issuedAt + life
  const jti = randomUUID()
  const [token] = await Promise.all([
    signToken({ jti, client_id: clientId, scope: scope.join(' '), iat: issuedAt, exp: expiresAt }),
    createToken(jti, {
      client_id: clientId,
      scope: [...scope],
      ...(participantId !== undefined && { participant_id: participantId, participant_trusted: participantTrusted }),
      created_at: new Date(now).toISOString(),
      expires_at: expiresAt,
    }),
  ])
  return { token, expiresAt: new Date(expiresAt * 1000), expiresIn: life }
}

/** An Ed25519-signed JWT of the `at+jwt` type (RFC 9068). */
export async function signToken({ jti, client_id, scope, iat, exp }: TokenClaims): Promise<string> {
  const { SIGNING_KEYS, BASE_URL } = await getSettings('SIGNING_KEYS', 'BASE_URL')
  const jwk = signingKey(SIGNING_KEYS.keys, iat)
  return new SignJWT({ client_id, scope })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: jwk.kid })
    .setIssuer(BASE_URL)
    .setAudience(BASE_URL)
    .setSubject(client_id)
    .setJti(jti)
    .setIssuedAt(iat)
    .setExpirationTime(exp)
    .sign(await imported(jwk))
}

/** The newest key whose time has come: a new one is published a while before it signs, so that everybody knows it. */
export function signingKey<Key extends { signs_from: number }>(keys: readonly Key[], now: number): Key {
  const [newest] = keys
    .filter((key) => key.signs_from <= now)
    .toSorted((one, other) => other.signs_from - one.signs_from)
  const key = newest ?? keys[0]
  if (!key) throw new Error('SIGNING_KEYS holds no key')
  return key
}

const importedKeys = new WeakMap<object, ReturnType<typeof importJWK>>()

/** Kept as long as the setting it comes from: importing takes longer than signing. */
function imported(jwk: JWK): ReturnType<typeof importJWK> {
  const key = importedKeys.get(jwk) ?? importJWK(jwk, 'EdDSA')
  importedKeys.set(jwk, key)
  return key
}

/** Imported keys, kept as long as the setting they come from: importing one takes longer than using it. */
const keySets = new WeakMap<JSONWebKeySet, ReturnType<typeof createLocalJWKSet>>()

function keySetOf(keys: JSONWebKeySet) {
  const keySet = keySets.get(keys) ?? createLocalJWKSet(keys)
  keySets.set(keys, keySet)
  return keySet
}

const claims = z.object({
  client_id: z.string(),
  jti: z.string(),
  scope: z.string(),
  iat: z.number(),
  exp: z.number(),
})
export type TokenClaims = z.output<typeof claims>

/** What may be wrong with a token; every other failure is one of ours, of a key that is broken, say. */
const REFUSALS = [
  errors.JWTInvalid,
  errors.JWTClaimValidationFailed,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys, // It names no key, and there are several.
]

/** Checks a token's signature and claims; whether it was revoked stands in its record. */
export async function verifyToken(token: string): Promise<TokenClaims> {
  const { VERIFICATION_KEYS, BASE_URL } = await getSettings('VERIFICATION_KEYS', 'BASE_URL')
  try {
    const { payload } = await jwtVerify(token, keySetOf(VERIFICATION_KEYS), {
      algorithms: ['EdDSA'],
      typ: 'at+jwt',
      issuer: BASE_URL,
      audience: BASE_URL,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    })
    const known = claims.safeParse(payload)
    if (known.success) return known.data
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw tokenExpired()
    if (!REFUSALS.some((refusal) => error instanceof refusal)) throw error
  }
  throw unknownToken()
}

export const tokenExpired = () => new Problem('token_expired', 'Get a new one from /token.')
export const unknownToken = () =>
  new Problem('credentials_invalid', 'The auth token is not one that this service has issued.')
