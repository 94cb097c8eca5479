import { type ClientRecord, findClient } from './store.ts'
import { findToken, type TokenRecord } from './store-tokens.ts'

export interface ActiveToken {
  token: TokenRecord
  client: ClientRecord
}

/**
 * Returns the records of an auth token and its client, or null if the token is revoked or its client is not active. Both records are
 * read for every request, so that a revocation takes effect at once. The caller checks the expiry.
 */
export async function findActiveToken(jti: string, clientId: string): Promise<ActiveToken | null> {
  const [token, client] = await Promise.all([findToken(jti), findClient(clientId)])
  if (!token || token.client_id !== clientId || token.revoked_at !== undefined) return null
  if (client?.status !== 'active') return null
  const { tokens_valid_after = '1970-01-01T00:00:00Z' } = client
  return Date.parse(token.created_at) <= Date.parse(tokens_valid_after) ? null : { token, client }
}
