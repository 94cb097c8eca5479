import { findActiveShare } from '../clients/active-share.ts'
import { parseShareToken } from '../clients/shares.ts'
import { recordShareUse } from '../clients/store-shares.ts'
import type { ShareCaller } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { authorizationCredentials } from '../http/request.ts'
import { type Proof, pendingCaller } from './proof.ts'

/** Authenticates a share token as a Bearer token. Only endpoints that limit the reader to the shared view may use it. */
export const shareToken: Proof<ShareCaller> = {
  expectation: 'a share token as Authorization: Bearer',
  async check(request) {
    const parts = parseShareToken(authorizationCredentials(request, 'Bearer') ?? '')
    return parts && pendingCaller(loadCaller(parts.id, parts.secret, request.receivedAt))
  },
}

async function loadCaller(id: string, secret: string, now: number): Promise<ShareCaller> {
  const share = await findActiveShare(id, secret, now)
  if (!share) throw wrongShareToken()
  // The use is recorded while the request continues. It never delays or fails it.
  recordShareUse(id, share, now).catch(() => undefined)
  const { client_id, participant_id, series, columns } = share
  return { kind: 'share', clientId: client_id, view: { participant: participant_id, sources: series, columns } }
}

export const wrongShareToken = () =>
  new Problem('credentials_invalid', 'The share token is wrong, has expired or was revoked. Ask for another link.')
