import { hash, timingSafeEqual } from 'node:crypto'
import * as z from 'zod/mini'
import { issueToken, type TokenGrant } from '../access/auth-token.ts'
import { consumeProof } from '../access/store-proofs.ts'
import { consumeAppProof } from '../attestation/authenticate-app.ts'
import { isRevokedByClient } from '../clients/active-token.ts'
import { addUrlParameters } from '../clients/callback-url.ts'
import type { ClientRecord } from '../clients/store.ts'
import { type CodeRecord, createCode, findCode, redeemCode } from '../clients/store-codes.ts'
import { revokeToken } from '../clients/store-tokens.ts'
import { Problem } from '../core/problem.ts'
import { maxString } from '../core/zod-helpers.ts'
import { randomSecret } from '../crypto/secrets.ts'
import { invalidParameter } from '../http/input.ts'
import type { Request } from '../http/request.ts'
import { type AudienceParameters, narrowAudience } from './audience.ts'
import { identifyForToken } from './token-client.ts'
import { findTokenProof } from './token-proof.ts'

/** @limit Access | seconds in which an app must redeem its code at `POST /token` */
const CODE_SECONDS = 60

const sha256 = /^[\w-]{43}$/
const unreserved = /^[\w.~-]{43,128}$/

/** Parameters of `GET /token` that request a code instead of a token (RFC 6749, RFC 7636, RFC 9449 section 10). */
export const codeRequestParameters = {
  response_type: z.optional(maxString(256)),
  code_challenge: z.optional(
    z.string().check(z.regex(sha256, 'must be the SHA-256 of the code_verifier in base64url, which has 43 characters')),
  ),
  code_challenge_method: z.optional(z.enum(['S256'], 'must be S256')),
  dpop_jkt: z.optional(
    z.string().check(z.regex(sha256, 'must be the thumbprint of a key in base64url, which has 43 characters')),
  ),
  /** At most what the `Location` header has room for. */
  state: z.optional(maxString(1_024)),
}

/** Parameters of `POST /token` that redeem a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5). */
export const codeParameters = {
  code: z.optional(maxString(256)),
  code_verifier: z.optional(
    z.string().check(z.regex(unreserved, 'must have 43 to 128 of the characters A-Z a-z 0-9 - . _ ~')),
  ),
  redirect_uri: z.optional(maxString(2_048)),
}

type CodeRequest = z.output<z.ZodMiniObject<typeof codeRequestParameters>>
type CodeParameters = z.output<z.ZodMiniObject<typeof codeParameters>>

/** Returns the challenge, or undefined if the request is for a token. Throws `parameter_invalid`. */
export function requestedChallenge(request: CodeRequest & { response?: string | undefined }): string | undefined {
  const { response, response_type, code_challenge, code_challenge_method, dpop_jkt } = request
  if (code_challenge === undefined) {
    if (response_type !== 'code' && (code_challenge_method ?? dpop_jkt) === undefined) return undefined
    throw invalidParameter([{ field: 'code_challenge', detail: 'is missing: a code needs one' }])
  }
  // Without a method, RFC 7636 section 4.3 means `plain`.
  if (code_challenge_method === undefined)
    throw invalidParameter([{ field: 'code_challenge_method', detail: 'must be S256' }])
  if (response !== undefined)
    throw invalidParameter([{ field: 'response', detail: 'must be omitted with code_challenge: a code is redirected' }])
  if (response_type !== undefined && response_type !== 'code')
    throw invalidParameter([{ field: 'response_type', detail: 'must be code, or omitted, with code_challenge' }])
  return code_challenge
}

interface CodeDelivery {
  codeChallenge: string
  callbackUrl: string
  redirectUri: string | undefined
  dpopJkt: string | undefined
  state: string | undefined
}

/** Stores a one-time code for a grant. Returns the URL that hands it to the app, with `state` unchanged. */
export async function issueCode(
  { clientId, scope, audience, participantId, participantTrusted, lifetimeSeconds }: TokenGrant,
  { codeChallenge, callbackUrl, redirectUri, dpopJkt, state }: CodeDelivery,
  now: number,
): Promise<string> {
  const code = randomSecret()
  await createCode(code, {
    client_id: clientId,
    callback_url: callbackUrl,
    redirect_uri: redirectUri,
    code_challenge: codeChallenge,
    dpop_jkt: dpopJkt,
    scope: [...scope],
    audience: [...audience],
    participant_id: participantId,
    participant_trusted: participantTrusted,
    lifetime_seconds: lifetimeSeconds,
    created_at: now,
    valid_until: now + CODE_SECONDS * 1_000,
  })
  return addUrlParameters(callbackUrl, { code, ...(state !== undefined && { state }) })
}

/**
 * Issues the token of a code, once. A further use of the code by its client revokes that token (RFC 6749 section 4.1.2).
 * Throws `grant_invalid`.
 */
export async function redeemForToken(
  request: Request,
  parameters: CodeParameters &
    AudienceParameters & { client_id?: string | undefined; client_secret?: string | undefined },
) {
  const { code = missing('code'), code_verifier = missing('code_verifier'), redirect_uri } = parameters
  const { client, appProof } = await identifyForToken(request, parameters)
  const proof = await findTokenProof(request, client)
  const record = await findCode(code)
  if (record?.client_id !== client.client_id || !matches(record, code_verifier, redirect_uri)) throw grantInvalid()
  if (record.dpop_jkt !== undefined && record.dpop_jkt !== proof?.jkt) throw grantInvalid()
  const { jti: usedFor } = record
  const grant = usedFor === undefined ? resolveGrant(record, client, parameters, request.receivedAt) : null
  await consumeAppProof(request, client, appProof)
  // Only a caller with the verifier revokes: a code that leaked from an address is worth nothing.
  if (usedFor !== undefined) await revokeToken(usedFor, request.receivedAt)
  if (!grant) throw grantInvalid()
  if (proof) await consumeProof(proof, request)
  // The token is stored before the code refers to it, so that a concurrent use finds a token to revoke.
  const issued = await issueToken({ ...grant, ...(proof && { jkt: proof.jkt }) }, request.receivedAt)
  if (await redeemCode(code, issued.jti, Math.ceil(issued.expiresAt.getTime() / 1_000))) return issued
  const { jti } = (await findCode(code)) ?? {}
  if (jti !== undefined) await revokeToken(jti, request.receivedAt)
  throw grantInvalid()
}

/** What a code that was not used grants now. Throws `grant_invalid` for an expired or revoked one, and `target_invalid`. */
function resolveGrant(
  record: CodeRecord,
  client: ClientRecord,
  requested: AudienceParameters,
  now: number,
): TokenGrant {
  if (record.valid_until <= now || isRevokedByClient(record.created_at, client)) throw grantInvalid()
  const { participant_id } = record
  return {
    clientId: client.client_id,
    scope: record.scope,
    audience: narrowAudience(record.audience, requested),
    ...(participant_id !== undefined && { participantId: participant_id }),
    participantTrusted: record.participant_trusted,
    lifetimeSeconds: record.lifetime_seconds,
  }
}

/** `redirect_uri` must be the same text as in the request for the code. It may be omitted if that had none. */
function matches({ code_challenge, callback_url, redirect_uri }: CodeRecord, verifier: string, redirectUri?: string) {
  const challenge = Buffer.from(hash('sha256', verifier, 'base64url'))
  const expected = Buffer.from(code_challenge)
  const isVerified = challenge.length === expected.length && timingSafeEqual(challenge, expected)
  const isSameUri = redirect_uri === undefined && redirectUri === undefined
  return isVerified && (isSameUri || redirectUri === (redirect_uri ?? callback_url))
}

function missing(field: string): never {
  throw invalidParameter([{ field, detail: 'is missing' }])
}

export const grantInvalid = () =>
  new Problem(
    'grant_invalid',
    'The code is wrong, expired or used, or does not belong to this client, redirect_uri, code_verifier and DPoP key. Get a new one from GET /token.',
  )
