import { getSettings } from '../config/settings.ts'
import { type ClientRecord, findClient } from './store.ts'
import { findToken, type TokenRecord } from './store-tokens.ts'

export interface ActiveToken {
  token: TokenRecord
  client: ClientRecord
}

interface TokenIdentity {
  jti: string
  client_id: string
  iss: string
}

/**
 * Returns the records of an auth token and its client. Returns null if the issuer is not that of the record, the token is
 * revoked or the client is not active. Both records are read for every request, so that a revocation takes effect at once. The caller checks the
 * expiry.
 */
export async function findActiveToken({ jti, client_id, iss }: TokenIdentity): Promise<ActiveToken | null> {
  const [token, client] = await Promise.all([findToken(jti), findClient(client_id)])
  if (!token || token.client_id !== client_id || token.revoked_at !== undefined) return null
  // The record, not PUBLIC_URL, decides: tokens stay valid when PUBLIC_URL changes.
  if (iss !== (token.issuer ?? (await getSettings('PUBLIC_URL')).PUBLIC_URL)) return null
  if (client?.status !== 'active') return null
  return isRevokedByClient(Date.parse(token.created_at), client) ? null : { token, client }
}

/** Whether the client revoked everything that was issued to it until then (UNIX milliseconds). */
export const isRevokedByClient = (
  issuedAt: number,
  { tokens_valid_after = '1970-01-01T00:00:00Z' }: ClientRecord,
): boolean => issuedAt <= Date.parse(tokens_valid_after)
