import { BatchGetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { boundedCache } from '../core/bounded-cache.ts'
import { documents } from '../dynamodb/client.ts'
import { type ClientRecord, clientRecord, findClient } from './store.ts'
import { findToken, type TokenRecord, tokenRecord } from './store-tokens.ts'

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
export const findActiveToken = async (identity: TokenIdentity): Promise<ActiveToken | null> =>
  checkRecords(identity, await readRecords(identity))

/** As `findActiveToken`, with records that this container has read within REVOCATION_SECONDS. */
export async function recallActiveToken(identity: TokenIdentity): Promise<ActiveToken | null> {
  const { REVOCATION_SECONDS } = await getSettings('REVOCATION_SECONDS')
  if (REVOCATION_SECONDS === 0) return findActiveToken(identity)
  const known = { token: tokens.get(identity.jti), client: clients.get(identity.client_id) }
  // From the start of the read, since a revocation may arrive while it runs.
  const now = Date.now()
  const until = now + REVOCATION_SECONDS * 1_000
  const records = await readMissing(identity, known)
  const { token, client } = records
  // Only what grants access is remembered: a new token or an enabled client works at once.
  if (token && token !== known.token && token.revoked_at === undefined)
    tokens.set(identity.jti, token, now, Math.min(until, token.expires_at * 1_000))
  if (client?.status === 'active' && client !== known.client) clients.set(identity.client_id, client, now, until)
  return checkRecords(identity, records)
}

/** A few megabytes each. */
const tokens = boundedCache<TokenRecord>(10_000)
const clients = boundedCache<ClientRecord>(1_000)

const nullableToken = z.nullable(tokenRecord)
const nullableClient = z.nullable(clientRecord)

interface Records {
  token: TokenRecord | null
  client: ClientRecord | null
}

/** What this container remembers of them. */
type Known = { [name in keyof Records]: Records[name] | undefined }

async function readMissing(identity: TokenIdentity, { token, client }: Known): Promise<Records> {
  if (token) return { token, client: client ?? (await findClient(identity.client_id)) }
  return client ? { token: await findToken(identity.jti), client } : readRecords(identity)
}

/**
 * Reads both records with one command, which takes less CPU time than two. DynamoDB may leave out one, as it does instead
 * of throttling the command, or the role may not allow it. Then it reads each by a command of its own.
 */
async function readRecords({ jti, client_id }: TokenIdentity): Promise<Records> {
  const { TOKENS_TABLE, CLIENTS_TABLE } = await getSettings('TOKENS_TABLE', 'CLIENTS_TABLE')
  const batch = new BatchGetCommand({
    RequestItems: {
      [TOKENS_TABLE]: { Keys: [{ id: `jti#${jti}` }], ConsistentRead: true },
      [CLIENTS_TABLE]: { Keys: [{ client_id }], ConsistentRead: true },
    },
  })
  const response = await documents.send(batch).catch(nullIfDenied)
  if (!response || Object.keys(response.UnprocessedKeys ?? {}).length > 0) {
    const [token, client] = await Promise.all([findToken(jti), findClient(client_id)])
    return { token, client }
  }
  const read = (table: string): unknown => response.Responses?.[table]?.[0] ?? null
  return {
    token: nullableToken.parse(read(TOKENS_TABLE)),
    client: nullableClient.parse(read(CLIENTS_TABLE)),
  }
}

/** AWS does not document how a batch from two tables is checked against the kinds of items that a role allows. */
function nullIfDenied(error: unknown): null {
  if (error instanceof Error && error.cause instanceof Error && error.cause.name === 'AccessDeniedException')
    return null
  throw error
}

async function checkRecords(
  { client_id, iss, cnf }: TokenIdentity,
  { token, client }: Records,
): Promise<ActiveToken | null> {
  if (!token || token.client_id !== client_id || token.revoked_at !== undefined) return null
  if (token.jkt !== cnf?.jkt) return null
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
