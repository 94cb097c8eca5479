import { recallActiveToken } from '../clients/active-token.ts'
import type { Scope } from '../clients/scopes.ts'
import type { ClientCaller } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { authorizationCredentials, type Request } from '../http/request.ts'
import { CLOCK_TOLERANCE_SECONDS, type TokenClaims, tokenExpired, verifyToken } from './auth-token.ts'
import { DPOP_CHALLENGE, throwWithChallenge, verifyPossession } from './bound-token.ts'
import { looksLikeJwt, type Proof, pendingCaller } from './proof.ts'
import { consumeProof } from './store-proofs.ts'

/**
 * Authenticates an auth token with one of the scopes, as a Bearer token, or as a DPoP token if it is bound to a key. Checks
 * the signatures first; the caller is pending until the record of the token is read, and its proof is known to be new.
 */
export const clientToken = (...scopes: Scope[]): Proof<ClientCaller> =>
  authTokenIn(
    (request) => authorizationCredentials(request, 'Bearer') ?? authorizationCredentials(request, 'DPoP'),
    'as Authorization: Bearer or DPoP',
    scopes,
  )

/** As `clientToken`, for a token in another place of the request. */
export const authTokenIn = (
  findToken: (request: Request) => string | undefined,
  place: string,
  scopes: Scope[],
): Proof<ClientCaller> => ({
  expectation: `an auth token with scope ${scopes.join(' or ')} ${place}`,
  challenge: DPOP_CHALLENGE,
  async check(request) {
    const token = findToken(request)
    if (token === undefined) return null
    const fail = (error: unknown) => throwWithChallenge(request, error)
    const authenticated = await authenticate(request, token, scopes).catch(fail)
    return pendingCaller(authenticated.caller.catch(fail))
  },
})

async function authenticate(request: Request, token: string, scopes: Scope[]) {
  if (!looksLikeJwt(token))
    throw new Problem('credentials_invalid', 'The credential is not an auth token. Get one from /token.')
  const claims = await verifyToken(token)
  const proof = await verifyPossession(request, token, claims)
  const caller = loadCaller(claims, scopes, request.receivedAt)
  return pendingCaller(proof ? Promise.all([caller, consumeProof(proof, request)]).then(([found]) => found) : caller)
}

async function loadCaller(claims: TokenClaims, scopes: Scope[], now: number): Promise<ClientCaller> {
  const { jti, client_id } = claims
  const active = await recallActiveToken(claims)
  if (!active) {
    throw new Problem('credentials_invalid', 'The auth token was revoked. Get a new one from /token.')
  }
  const { token: record, client } = active
  if ((record.expires_at + CLOCK_TOLERANCE_SECONDS) * 1000 < now) throw tokenExpired()
  if (!scopes.some((scope) => record.scope.includes(scope))) throw scopeMissing(scopes)
  const { participant_id, participant_trusted = false } = record
  return {
    kind: 'client',
    clientId: client_id,
    tokenId: jti,
    scope: record.scope,
    ...(participant_id !== undefined && { participantId: participant_id }),
    participantTrusted: participant_trusted,
    ...(client.upload && { upload: client.upload }),
  }
}

export const scopeMissing = (scopes: readonly Scope[]) =>
  new Problem(
    'not_allowed',
    `The auth token does not have the scope ${scopes.join(' or ')}. Register the client with it.`,
  )
