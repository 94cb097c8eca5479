import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents } from '../dynamodb/client.ts'
import { attestationPolicy } from './attestation-policy.ts'

/** A client without digests, salts and callback URLs. */
export const listedClient = z.object({
  client_id: z.string(),
  name: z.optional(z.string()),
  kind: z.enum(['public', 'confidential', 'attested']),
  attestation: z.optional(attestationPolicy),
  scope: z.array(z.string()),
  /** Whether its tokens must be bound to a key. */
  dpop_bound: z._default(z.boolean(), false),
  status: z.enum(['active', 'disabled']),
  created_at: z.string(),
})
export type ListedClient = z.output<typeof listedClient>

/** Returns `count` clients after the client id `after`, in no order, and the id that the next page follows. */
export async function listClientsPage(
  count: number,
  after: string | undefined,
): Promise<{ clients: ListedClient[]; next: string | null }> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const { Items = [], LastEvaluatedKey } = await documents.send(
    new ScanCommand({
      TableName: CLIENTS_TABLE,
      ConsistentRead: true,
      Limit: count,
      ProjectionExpression: 'client_id, #name, kind, attestation, #scope, dpop_bound, #status, created_at',
      ExpressionAttributeNames: { '#name': 'name', '#scope': 'scope', '#status': 'status' },
      ...(after !== undefined && { ExclusiveStartKey: { client_id: after } }),
    }),
  )
  const clients = Items.map((item) => listedClient.parse(item))
  return { clients, next: LastEvaluatedKey ? (clients.at(-1)?.client_id ?? null) : null }
}
