import { findClient } from './store.ts'
import { findToken, type TokenRecord } from './store-tokens.ts'

/**
 * The record of an auth token that counts: neither it nor its client was revoked or disabled. Both are looked up on
 * every call, side by side, so that a revocation counts from the next call on. Whether it has expired is not looked at.
 */
export async function findActiveToken(jti: string, clientId: string): Promise<TokenRecord | null> {
  const [token, client] = await Promise.all([findToken(jti), findClient(clientId)])
  if (!token || token.client_id !== clientId || token.revoked_at !== undefined) return null
  if (client?.status !== 'active') return null
  const { tokens_valid_after = '1970-01-01T00:00:00Z' } = client
  return Date.parse(token.created_at) <= Date.parse(tokens_valid_after) ? null : token
}
