import { findActiveToken } from '../clients/active-token.ts'
import type { Scope } from '../clients/scopes.ts'
import { Problem } from '../core/problem.ts'
import { authorizationCredentials, type Request } from '../http/request.ts'
import { CLOCK_TOLERANCE_SECONDS, type TokenClaims, verifyToken } from './auth-token.ts'
import { type Caller, caller, looksLikeJwt, type Proof, pendingCaller } from './caller.ts'

/** An auth token with one of the scopes, as a Bearer. Its signature is checked at once, its record is on the way. */
export const clientToken = (...scopes: Scope[]): Proof =>
  authTokenIn((request) => authorizationCredentials(request, 'Bearer'), 'as Authorization: Bearer', scopes)

/** As `clientToken`, of a token that stands elsewhere in the request. */
export const authTokenIn = (
  tokenOf: (request: Request) => string | undefined,
  place: string,
  scopes: Scope[],
): Proof => ({
  expectation: `an auth token with scope ${scopes.join(' or ')} ${place}`,
  async check(request) {
    const token = tokenOf(request)
    if (token === undefined) return null
    if (!looksLikeJwt(token))
      throw new Problem('credentials_invalid', 'This is not an auth token. Get one from /token.')
    const claims = await verifyToken(token)
    return pendingCaller(confirm(claims, scopes, request.receivedAt))
  },
})

async function confirm({ jti, client_id }: TokenClaims, scopes: Scope[], now: number): Promise<Caller> {
  const record = await findActiveToken(jti, client_id)
  if (!record) {
    throw new Problem('credentials_invalid', 'The auth token was revoked. Get a new one from /token.')
  }
  if ((record.expires_at + CLOCK_TOLERANCE_SECONDS) * 1000 < now)
    throw new Problem('token_expired', 'Get a new one from /token.')
  if (!scopes.some((scope) => record.scope.includes(scope))) {
    const wanted = scopes.join(' or ')
    throw new Problem('not_allowed', `The auth token does not have the scope ${wanted}. Register the client with it.`)
  }
  const { participant_id, participant_trusted = false } = record
  const participant =
    participant_id === undefined ? {} : { participantId: participant_id, participantTrusted: participant_trusted }
  return caller('client', client_id, { ...participant, tokenId: jti, scope: record.scope })
}
