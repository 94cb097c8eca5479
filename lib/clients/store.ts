import { GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents } from '../dynamodb/client.ts'

/** @limit Access | clients with a salt of their own among which Latchkey searches for that of an upload */
export const SALTED_CLIENTS = 1_000

/** A client as the table has it. */
export const clientRecord = z.object({
  client_id: z.string(),
  name: z.optional(z.string()),
  kind: z.enum(['public', 'confidential']),
  callback_url: z.string(),
  scope: z.array(z.string()),
  /** Digests, never the secrets themselves; several may be valid at once. */
  secrets: z.array(z.object({ digest: z.string(), created_at: z.string(), expires_at: z.optional(z.string()) })),
  /** Sealed, since a salt must be known in full to check a checksum. */
  salts: z.array(z.string()),
  status: z.enum(['active', 'disabled']),
  /** Tokens from before this moment count no more. */
  tokens_valid_after: z.optional(z.iso.datetime()),
  created_at: z.string(),
})

export type ClientRecord = z.output<typeof clientRecord>

/**
 * Stores a new client. An id that exists already is refused by the table, unless it is this very client: the answer to a
 * write may be lost, and the SDK then sends it once more.
 */
export async function createClient(client: ClientRecord): Promise<void> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  await documents.send(
    new PutCommand({
      TableName: CLIENTS_TABLE,
      // The sparse index `salted` holds just the clients that have a salt.
      Item: { ...client, salted: client.salts.length > 0 ? 'yes' : undefined },
      ConditionExpression: 'attribute_not_exists(client_id) OR created_at = :created',
      ExpressionAttributeValues: { ':created': client.created_at },
    }),
  )
}

/** Null for an unknown client, and for anything that is no client id at all. */
export async function findClient(clientId: string): Promise<ClientRecord | null> {
  if (!/^[0-9a-f]{32}$/.test(clientId)) return null
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const { Item } = await documents.send(
    new GetCommand({ TableName: CLIENTS_TABLE, Key: { client_id: clientId }, ConsistentRead: true }),
  )
  return Item ? clientRecord.parse(Item) : null
}

const saltedRecord = z.pick(clientRecord, { client_id: true, salts: true })

/** Ids and sealed salts of the clients registered first, at most `SALTED_CLIENTS` of them. */
export async function listSaltedClients(): Promise<z.output<typeof saltedRecord>[]> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const pages = paginateQuery(
    { client: documents },
    {
      TableName: CLIENTS_TABLE,
      IndexName: 'salted',
      KeyConditionExpression: 'salted = :yes',
      ExpressionAttributeValues: { ':yes': 'yes' },
      Limit: SALTED_CLIENTS,
    },
  )
  const found: z.output<typeof saltedRecord>[] = []
  for await (const { Items = [] } of pages) {
    found.push(...Items.map((item) => saltedRecord.parse(item)))
    if (found.length >= SALTED_CLIENTS) break
  }
  return found.slice(0, SALTED_CLIENTS)
}
