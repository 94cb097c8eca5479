import { Problem } from '../core/problem.ts'
import { PROOF_ALGORITHMS } from '../core/signing-algorithms.ts'
import { authorizationCredentials, type Request } from '../http/request.ts'
import type { TokenClaims } from './auth-token.ts'
import { type DpopProof, verifyProof } from './dpop.ts'

const ALGORITHMS = `algs="${PROOF_ALGORITHMS.join(' ')}"`

/** What a request without credentials may send, besides a Bearer token (RFC 9449 section 7.1). */
export const DPOP_CHALLENGE = `DPoP ${ALGORITHMS}`

const hasDpopScheme = (request: Request): boolean => authorizationCredentials(request, 'DPoP') !== undefined

/**
 * Returns the proof that the caller has the key of a bound token, or null for another token. A bound token in
 * `Authorization` needs the scheme DPoP. Throws `credentials_invalid` or `proof_invalid`.
 */
export async function verifyPossession(
  request: Request,
  token: string,
  { cnf }: TokenClaims,
): Promise<DpopProof | null> {
  const isDpop = hasDpopScheme(request)
  if (!cnf && isDpop) throw tokenNotBound()
  if (!cnf) return null
  const { authorization, dpop } = request.headers
  if (!isDpop && (authorization !== undefined || dpop === undefined)) throw tokenBound()
  return verifyProof(request, { token, jkt: cnf.jkt })
}

const ERRORS: Readonly<Record<string, string>> = {
  proof_invalid: 'invalid_dpop_proof',
  not_allowed: 'insufficient_scope',
}

const challenge = (error: string) => ({ 'www-authenticate': `DPoP error="${error}", ${ALGORITHMS}` })

/** Throws an error. Its challenge is that of DPoP if it is about the credentials, and the request uses DPoP. */
export function throwWithChallenge(request: Request, error: unknown): never {
  const isAboutCredentials = error instanceof Problem && (error.status === 401 || error.status === 403)
  if (!isAboutCredentials || !(hasDpopScheme(request) || request.headers['dpop'] !== undefined)) throw error
  const { code, message, issues } = error
  throw new Problem(code, message, {
    issues: [...issues],
    headers: challenge(ERRORS[code] ?? 'invalid_token'),
    cause: error,
  })
}

export const tokenBound = () =>
  new Problem(
    'credentials_invalid',
    'The auth token is bound to a key. Send it as Authorization: DPoP, with a DPoP proof in the header DPoP (RFC 9449).',
    { headers: challenge('invalid_token') },
  )
export const tokenNotBound = () =>
  new Problem('credentials_invalid', 'The auth token is not bound to a key. Send it as Authorization: Bearer.')
