import { getSettings } from '../config/settings.ts'
import { boundedCache } from '../core/bounded-cache.ts'
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
  cnf?: { jkt: string } | undefined
}

/**
 * Returns the records of an auth token and its client. Returns null if the issuer or key is not that of the record, the
 * token is revoked or the client is not active. Both records are read, so that a revocation takes effect at once. The
 * caller checks the expiry.
 */
export const findActiveToken = (identity: TokenIdentity): Promise<ActiveToken | null> =>
  checkToken(identity, findToken, findClient)

/** As `findActiveToken`, with records that this container has read within REVOCATION_SECONDS. */
export async function recallActiveToken(identity: TokenIdentity): Promise<ActiveToken | null> {
  const { REVOCATION_SECONDS } = await getSettings('REVOCATION_SECONDS')
  const ms = REVOCATION_SECONDS * 1_000
  return ms === 0
    ? findActiveToken(identity)
    : checkToken(
        identity,
        (jti) => recallToken(jti, ms),
        (clientId) => recallClient(clientId, ms),
      )
}

async function checkToken(
  { jti, client_id, iss, cnf }: TokenIdentity,
  getToken: typeof findToken,
  getClient: typeof findClient,
): Promise<ActiveToken | null> {
  const [token, client] = await Promise.all([getToken(jti), getClient(client_id)])
  if (!token || token.client_id !== client_id || token.revoked_at !== undefined) return null
  if (token.jkt !== cnf?.jkt) return null
  // The record, not PUBLIC_URL, decides: tokens stay valid when PUBLIC_URL changes.
  if (iss !== (token.issuer ?? (await getSettings('PUBLIC_URL')).PUBLIC_URL)) return null
  if (client?.status !== 'active') return null
  return isRevokedByClient(Date.parse(token.created_at), client) ? null : { token, client }
}

/** A few megabytes each. */
const tokens = boundedCache<TokenRecord>(10_000)
const clients = boundedCache<ClientRecord>(1_000)

// Both are remembered from the start of the read, since a revocation may arrive while it runs. Only what grants access is
// remembered: a new token or an enabled client works at once.

async function recallToken(jti: string, ms: number): Promise<TokenRecord | null> {
  const known = tokens.get(jti)
  if (known) return known
  const now = Date.now()
  const token = await findToken(jti)
  if (token && token.revoked_at === undefined) tokens.set(jti, token, now, Math.min(now + ms, token.expires_at * 1_000))
  return token
}

async function recallClient(clientId: string, ms: number): Promise<ClientRecord | null> {
  const known = clients.get(clientId)
  if (known) return known
  const now = Date.now()
  const client = await findClient(clientId)
  if (client?.status === 'active') clients.set(clientId, client, now, now + ms)
  return client
}

/** Whether the client revoked everything that was issued to it until then (UNIX milliseconds). */
export const isRevokedByClient = (
  issuedAt: number,
  { tokens_valid_after = '1970-01-01T00:00:00Z' }: ClientRecord,
): boolean => issuedAt <= Date.parse(tokens_valid_after)
