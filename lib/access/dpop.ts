import { hash } from 'node:crypto'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { parseJsonOrUndefined } from '../core/json.ts'
import { Problem } from '../core/problem.ts'
import { PROOF_ALGORITHMS } from '../core/signing-algorithms.ts'
import type { Request } from '../http/request.ts'
import { proofKey, signatureIssue, thumbprint } from './proof-key.ts'

/** @limit Access | seconds after which a proof of DPoP or of an attested app is too old */
export const MAX_AGE_SECONDS = 300
/**
 * Clocks of clients may be ahead.
 *
 * @limit Access | seconds that the time of such a proof may be in the future
 */
export const MAX_AHEAD_SECONDS = 60
/**
 * One with a key of 4096 bits has about 2,200.
 *
 * @limit Access | characters of a DPoP proof
 */
const MAX_PROOF_CHARACTERS = 4_096

const COMPACT_JWS = /^(([\w-]+)\.([\w-]+))\.([\w-]+)$/

const header = z.object(
  {
    typ: z.literal('dpop+jwt', 'typ must be dpop+jwt'),
    alg: z.enum(PROOF_ALGORITHMS, `alg must be one of ${PROOF_ALGORITHMS.join(', ')}`),
    // No extension is supported (RFC 7515 section 4.1.11).
    crit: z.optional(z.never('crit must be absent')),
    jwk: proofKey,
  },
  'its header must be a JSON object',
)

const claims = z.object(
  {
    jti: z.string('jti must be a string').check(z.minLength(1, 'jti must not be empty')),
    htm: z.string('htm must be a string'),
    htu: z.string('htu must be a string'),
    iat: z.number('iat must be UNIX seconds'),
    ath: z.optional(z.string('ath must be a string')),
    nonce: z.optional(z.string('nonce must be a string')),
  },
  'its payload must be a JSON object',
)

/** A proof that is valid except that it may have been used before. */
export interface DpopProof {
  /** Thumbprint of its key (RFC 7638). */
  jkt: string
  jti: string
  nonce?: string | undefined
}

/** A token that is bound to a key. */
export interface BoundToken {
  token: string
  jkt: string
}

/**
 * Checks the proof in the header `DPoP` (RFC 9449 section 4.3): that of the bound token, if there is one. Throws
 * `proof_invalid`, and `credentials_invalid` for a proof with another key than that of the token.
 */
export async function verifyProof(request: Request, bound?: BoundToken): Promise<DpopProof> {
  const { signed, signature, headerJson, claimsJson } = splitProof(request)
  const { alg, jwk } = parsePart(header, headerJson)
  const jkt = thumbprint(jwk)
  if (bound && bound.jkt !== jkt) throw otherKey()
  const { jti, htm, htu, iat, ath, nonce } = parsePart(claims, claimsJson)
  const { PUBLIC_URL } = await getSettings('PUBLIC_URL')
  if (htm !== request.method) throw proofInvalid('htm must be the method of the request')
  if (!isRequestUrl(htu, PUBLIC_URL, request.path))
    throw proofInvalid(`htu must be the URL of the request at ${PUBLIC_URL}, without its query`)
  const ageSeconds = request.receivedAt / 1_000 - iat
  if (ageSeconds > MAX_AGE_SECONDS) throw proofInvalid(`iat must be at most ${MAX_AGE_SECONDS} seconds ago`)
  if (ageSeconds < -MAX_AHEAD_SECONDS)
    throw proofInvalid(`iat must be at most ${MAX_AHEAD_SECONDS} seconds in the future`)
  if (bound && ath !== hash('sha256', bound.token, 'base64url'))
    throw proofInvalid('ath must be the SHA-256 of the auth token, in base64url')
  const issue = signatureIssue({ alg, jwk, jkt }, signed, signature)
  if (issue !== null) throw proofInvalid(issue)
  return { jkt, jti, nonce }
}

function splitProof({ headers: { dpop } }: Request) {
  if (dpop === undefined) throw proofMissing()
  if (dpop.length > MAX_PROOF_CHARACTERS)
    throw proofInvalid(`the header DPoP must have at most ${MAX_PROOF_CHARACTERS} characters`)
  // API Gateway joins repeated headers with a comma.
  if (dpop.includes(',')) throw proofInvalid('the header DPoP must appear only once')
  const [, signed, headerPart, claimsPart, signature] = COMPACT_JWS.exec(dpop) ?? []
  if (signed === undefined || headerPart === undefined || claimsPart === undefined || signature === undefined)
    throw proofInvalid('the header DPoP must be a JWT')
  return { signed, signature, headerJson: decode(headerPart), claimsJson: decode(claimsPart) }
}

const decode = (part: string): string => Buffer.from(part, 'base64url').toString()

function parsePart<T>(schema: z.ZodMiniType<T>, json: string): T {
  const { data, error } = schema.safeParse(parseJsonOrUndefined(json))
  if (error) throw proofInvalid(error.issues[0]?.message ?? 'the header DPoP must be a JWT')
  return data
}

/** What a URI may consist of (RFC 3986). The parser would remove blanks, line ends and further slashes before the host. */
const HTTP_URI = /^https?:\/\/(?!\/)[!#-;=?-[\]_a-z~]+$/i

/**
 * Whether a URI is that of a request, apart from query and fragment. Both are compared after normalisation (RFC 3986
 * section 6.2.2 and 6.2.3). A slash at the end does not matter: both paths are the same endpoint, and gateways may remove
 * it. The path of the request is decoded, as API Gateway passes it.
 */
export function isRequestUrl(uri: string, publicUrl: string, path: string): boolean {
  if (!HTTP_URI.test(uri)) return false
  try {
    const { origin, username, password, pathname } = new URL(uri)
    return (
      origin === publicUrl &&
      `${username}${password}` === '' &&
      plainPath(decodeURIComponent(pathname)) === plainPath(path)
    )
  } catch {
    return false
  }
}

const plainPath = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path)

export const proofMissing = () =>
  new Problem('proof_invalid', 'The request needs a DPoP proof in one header DPoP (RFC 9449).', {
    issues: [{ field: 'DPoP', detail: 'is missing' }],
  })
export const proofInvalid = (detail: string) =>
  new Problem('proof_invalid', `The DPoP proof is invalid: ${detail}.`, { issues: [{ field: 'DPoP', detail }] })
const otherKey = () =>
  new Problem('credentials_invalid', 'The auth token is bound to another key than that of the DPoP proof.')
