import { hash, randomUUID } from 'node:crypto'
import { createLocalJWKSet, errors, importJWK, type JSONWebKeySet, type JWK, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod/mini'
import { createToken } from '../clients/store-tokens.ts'
import { getSettings } from '../config/settings.ts'
import { type BoundedCache, boundedCache } from '../core/bounded-cache.ts'
import { clientIdSchema } from '../core/identifiers.ts'
import { Problem } from '../core/problem.ts'
import { SIGNING_ALGORITHMS } from '../core/signing-algorithms.ts'

/** Maximum clock difference between the hosts of functions. */
export const CLOCK_TOLERANCE_SECONDS = 5

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Schema of a token in a response. */
export const jwt = z.string().check(z.regex(JWT))

/** A token has about 800 characters. */
const MAX_TOKEN_CHARACTERS = 4_096

/** Whether a text is a compact JWS in canonical base64url (RFC 7515 section 2). jose accepts padding and other variants. */
export const isCompactJws = (text: string): boolean =>
  text.length <= MAX_TOKEN_CHARACTERS &&
  JWT.test(text) &&
  text.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)

export interface TokenGrant {
  clientId: string
  scope: readonly string[]
  participantId?: string
  /** True if an authenticated confidential client named the participant. */
  participantTrusted: boolean
  /** The services that the token is for. */
  audience: readonly string[]
  lifetimeSeconds: number
  /** Thumbprint of the key that the token is bound to (RFC 9449 section 6.1). */
  jkt?: string
}

/**
 * Signs an auth token and stores its record, which allows revocation. The participant is only in the record, because
 * a leaked token must not identify a person.
 */
export async function issueToken(
  { clientId, scope, participantId, participantTrusted, audience, lifetimeSeconds, jkt }: TokenGrant,
  now: number,
) {
  const issuedAt = Math.floor(now / 1000)
  const expiresAt = issuedAt + lifetimeSeconds
  const jti = randomUUID()
  const { PUBLIC_URL: iss } = await getSettings('PUBLIC_URL')
  const aud = audience.length === 1 ? audience.join() : [...audience]
  const times = { iat: issuedAt, exp: expiresAt }
  const [token] = await Promise.all([
    signToken({
      ...{ iss, aud, jti, client_id: clientId, scope: scope.join(' '), ...times },
      ...(jkt !== undefined && { cnf: { jkt } }),
    }),
    createToken(jti, {
      client_id: clientId,
      issuer: iss,
      scope: [...scope],
      ...(participantId !== undefined && { participant_id: participantId, participant_trusted: participantTrusted }),
      ...(jkt !== undefined && { jkt }),
      created_at: new Date(now).toISOString(),
      expires_at: expiresAt,
    }),
  ])
  return { token, jti, jkt, scope, expiresAt: new Date(expiresAt * 1000), expiresIn: lifetimeSeconds }
}

/** Returns a signed JWT of type `at+jwt` (RFC 9068). */
export async function signToken({ iss, aud, jti, client_id, scope, cnf, iat, exp }: TokenClaims): Promise<string> {
  const { SIGNING_KEYS } = await getSettings('SIGNING_KEYS')
  const jwk = selectSigningKey(SIGNING_KEYS.keys, iat)
  return new SignJWT({ client_id, scope, ...(cnf && { cnf }) })
    .setProtectedHeader({ alg: jwk.alg, typ: 'at+jwt', kid: jwk.kid })
    .setIssuer(iss)
    .setAudience(aud)
    .setSubject(client_id)
    .setJti(jti)
    .setIssuedAt(iat)
    .setExpirationTime(exp)
    .sign(await importSigningKey(jwk))
}

/**
 * Returns the newest key that may sign at `now` (UNIX seconds). Keys are published earlier, so that verifiers have them.
 * If none may sign, for example because this clock is late, it returns the one that was published first.
 */
export function selectSigningKey<Key extends { signs_from: number }>(keys: readonly Key[], now: number): Key {
  const ordered = keys.toSorted((left, right) => right.signs_from - left.signs_from)
  const key = ordered.find(({ signs_from }) => signs_from <= now) ?? ordered.at(-1)
  if (!key) throw new Error('SIGNING_KEYS contains no key')
  return key
}

const importedKeys = new WeakMap<object, ReturnType<typeof importJWK>>()

/** Caches the key until the setting it comes from changes, because importing takes longer than signing. */
export function importSigningKey(jwk: JWK): ReturnType<typeof importJWK> {
  const key = importedKeys.get(jwk) ?? importJWK(jwk, jwk.alg)
  importedKeys.set(jwk, key)
  return key
}

const keySets = new WeakMap<JSONWebKeySet, ReturnType<typeof createLocalJWKSet>>()

/** Caches the key set until the setting it comes from changes. */
export function importKeySet(keys: JSONWebKeySet) {
  const keySet = keySets.get(keys) ?? createLocalJWKSet(keys)
  keySets.set(keys, keySet)
  return keySet
}

/** `jti` and `client_id` become keys of the tables. */
const claims = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  client_id: clientIdSchema,
  jti: z.uuid(),
  scope: z.string(),
  /** The key that the token is bound to. A token with another confirmation (RFC 7800) is not one of Latchkey. */
  cnf: z.optional(z.object({ jkt: z.string() })),
  iat: z.int(),
  exp: z.int(),
})
export type TokenClaims = z.output<typeof claims>

/** Errors that the token causes. Other errors, such as an unusable key, are server errors. */
const TOKEN_ERRORS = [
  errors.JWTInvalid,
  errors.JWTClaimValidationFailed,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys, // a token without `kid`
]

/**
 * Checks the signature and claims of a token for Latchkey, but not its record, which contains the issuer and revocations.
 * Throws a `Problem`.
 */
export async function verifyToken(token: string): Promise<Readonly<TokenClaims>> {
  const payload = await verifyTokenForAnyone(token)
  // A token with the previous PUBLIC_URL is for Latchkey too.
  if (![payload.aud].flat().includes(payload.iss)) throw otherAudience()
  return payload
}

/** Verified tokens by the keys that verified them, so that a change of the keys forgets all. About a megabyte. */
const verifiedTokens = new WeakMap<JSONWebKeySet, BoundedCache<Readonly<TokenClaims>>>()
const VERIFIED_TOKENS = 1_000

/**
 * As `verifyToken`, for tokens of every audience. Only introspection and revocation may accept them. A container verifies
 * a token once, and remembers its digest until it expires. Every byte of the token is in the digest.
 */
export async function verifyTokenForAnyone(token: string): Promise<Readonly<TokenClaims>> {
  if (!isCompactJws(token)) throw unknownToken()
  const { VERIFICATION_KEYS } = await getSettings('VERIFICATION_KEYS')
  const verified = verifiedTokens.get(VERIFICATION_KEYS) ?? boundedCache(VERIFIED_TOKENS)
  verifiedTokens.set(VERIFICATION_KEYS, verified)
  const digest = hash('sha256', token, 'base64url')
  const known = verified.get(digest)
  if (known) return known
  const now = Date.now()
  const found = await verifySignature(token, VERIFICATION_KEYS)
  verified.set(digest, found, now, (found.exp + CLOCK_TOLERANCE_SECONDS) * 1_000)
  return found
}

async function verifySignature(token: string, keys: JSONWebKeySet): Promise<TokenClaims> {
  try {
    // Every key has an `alg`. jose selects only a key whose `alg` is that of the header.
    const { payload } = await jwtVerify(token, importKeySet(keys), {
      algorithms: [...SIGNING_ALGORITHMS],
      typ: 'at+jwt',
      requiredClaims: ['exp', 'sub'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    })
    const parsed = claims.safeParse(payload)
    if (parsed.success) return parsed.data
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw tokenExpired()
    if (!TOKEN_ERRORS.some((tokenError) => error instanceof tokenError)) throw error
  }
  throw unknownToken()
}

export const tokenExpired = () => new Problem('token_expired', 'The auth token has expired. Get a new one from /token.')
export const otherAudience = () =>
  new Problem('credentials_invalid', 'The auth token is for another service. Get one for Latchkey from /token.')
export const unknownToken = () =>
  new Problem('credentials_invalid', 'This service did not issue the auth token. Get one from /token.')
