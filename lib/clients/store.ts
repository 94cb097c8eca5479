import { GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents } from '../dynamodb/client.ts'

/** @limit Access | clients with a salt of their own among which Latchkey searches for that of an upload */
export const SALTED_CLIENTS = 1_000

/** An item of the table of clients. */
export const clientRecord = z.object({
  client_id: z.string(),
  name: z.optional(z.string()),
  kind: z.enum(['public', 'confidential', 'attested']),
  /** What the app of an attested client must prove. `attestationPolicy` is its schema, which few functions need. */
  attestation: z.optional(z.looseObject({ mode: z.enum(['required', 'shadow']) })),
  /** The default; `callback_urls` are the others. */
  callback_url: z.string(),
  callback_urls: z.optional(z.array(z.string())),
  scope: z.array(z.string()),
  /** Whether its tokens must be bound to a key (RFC 9449). */
  dpop_bound: z.optional(z.boolean()),
  /** Services, besides Latchkey, that its tokens can be for. */
  audience: z.optional(z.array(z.string())),
  /** Digests, never the secrets themselves; several may be valid at once. */
  secrets: z.array(z.object({ digest: z.string(), created_at: z.string(), expires_at: z.optional(z.string()) })),
  /** Encrypted, not hashed: checking a checksum needs the salt itself. */
  salts: z.array(z.string()),
  status: z.enum(['active', 'disabled']),
  /** Tokens that were issued before this time are revoked. */
  tokens_valid_after: z.optional(z.iso.datetime()),
  created_at: z.string(),
  /** Options of its uploads, as texts. */
  upload: z.optional(z.record(z.string(), z.string())),
})

export type ClientRecord = z.output<typeof clientRecord>

/**
 * Stores a new client. Throws if the id exists. The same client is accepted, because the SDK may retry after a lost
 * response.
 */
export async function createClient(client: ClientRecord): Promise<void> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  await documents.send(
    new PutCommand({
      TableName: CLIENTS_TABLE,
      // The sparse index `salted` contains only clients with a salt.
      Item: { ...client, salted: client.salts.length > 0 ? 'yes' : undefined },
      ConditionExpression: 'attribute_not_exists(client_id) OR created_at = :created',
      ExpressionAttributeValues: { ':created': client.created_at },
    }),
  )
}

/** Returns null for an unknown client, and for text that is not a client id. */
export async function findClient(clientId: string): Promise<ClientRecord | null> {
  if (!/^[0-9a-f]{32}$/.test(clientId)) return null
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const { Item } = await documents.send(
    new GetCommand({ TableName: CLIENTS_TABLE, Key: { client_id: clientId }, ConsistentRead: true }),
  )
  return Item ? clientRecord.parse(Item) : null
}

const saltedRecord = z.pick(clientRecord, { client_id: true, salts: true, created_at: true })
export type SaltedClient = z.output<typeof saltedRecord>

/**
 * Returns the `SALTED_CLIENTS` clients with a salt that were registered first, at `since` (ISO 8601) or later. A new one
 * may be missing for a moment, because the index is eventually consistent.
 */
export async function listSaltedClients(since = '0'): Promise<SaltedClient[]> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const pages = paginateQuery(
    { client: documents },
    {
      TableName: CLIENTS_TABLE,
      IndexName: 'salted',
      KeyConditionExpression: 'salted = :yes AND created_at >= :since',
      ExpressionAttributeValues: { ':yes': 'yes', ':since': since },
      Limit: SALTED_CLIENTS,
    },
  )
  const clients: SaltedClient[] = []
  for await (const { Items = [] } of pages) {
    clients.push(...Items.map((item) => saltedRecord.parse(item)))
    if (clients.length >= SALTED_CLIENTS) break
  }
  return clients.slice(0, SALTED_CLIENTS)
}
