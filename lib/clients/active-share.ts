import { SHARED_CLIENT } from '../core/caller.ts'
import { matchesDigest } from '../crypto/secrets.ts'
import { isRevokedByClient } from './active-token.ts'
import { findClient } from './store.ts'
import { findShare, type ShareRecord } from './store-shares.ts'

/**
 * Returns the share with this id and secret. Returns null if the secret is wrong, or the share has expired or was revoked.
 * It also ends while its client is not active, and when the client's tokens are revoked. A share that a client made also ends when the client
 * loses the scope `download`. Both records are read for every request, so that a revocation takes effect at once.
 */
export async function findActiveShare(id: string, secret: string, now: number): Promise<ShareRecord | null> {
  const share = await findShare(id)
  if (!share || !matchesDigest(secret, share.digest) || share.expires_at * 1000 <= now) return null
  if (share.client_id === SHARED_CLIENT) return share
  const client = await findClient(share.client_id)
  if (client?.status !== 'active' || isRevokedByClient(Date.parse(share.created_at), client)) return null
  return share.created_by === 'admin' || client.scope.includes('download') ? share : null
}
