import { DeleteCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'
import { type ClientRecord, clientRecord, findClient } from './store.ts'

/** Every client there is, the newest first; `pageSize` is how many a call looks at. */
export async function listClients(pageSize?: number): Promise<ClientRecord[]> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const pages = paginateScan(
    { client: documents },
    { TableName: CLIENTS_TABLE, ConsistentRead: true, ...(pageSize !== undefined && { Limit: pageSize }) },
  )
  const found: ClientRecord[] = []
  for await (const { Items = [] } of pages) found.push(...Items.map((item) => clientRecord.parse(item)))
  return found.toSorted((one, other) => other.created_at.localeCompare(one.created_at))
}

/** Lets a client have tokens, or no more of them; false when there is no such client. */
export const setClientStatus = (clientId: string, status: ClientRecord['status']): Promise<boolean> =>
  change(clientId, 'status', status)

/** Ends every token that a client was given up to this moment (UNIX milliseconds); false when there is none such. */
export const revokeClientTokens = (clientId: string, now: number): Promise<boolean> =>
  change(clientId, 'tokens_valid_after', new Date(now).toISOString())

/** Forgets that a client was ever registered. */
export async function deleteClient(clientId: string): Promise<void> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  await documents.send(new DeleteCommand({ TableName: CLIENTS_TABLE, Key: { client_id: clientId } }))
}

/** Rotations that meet each other before one gives up. */
const TRIES = 10

/**
 * Adds a secret, by its digest. Those there are count until `until` (UNIX milliseconds) at most, and those whose time
 * is over go. Nothing is written over what another rotation has added meanwhile.
 */
export async function addClientSecret(
  clientId: string,
  digest: string,
  now: number,
  until: number,
): Promise<'added' | 'unknown' | 'public' | 'busy'> {
  const created_at = new Date(now).toISOString()
  const end = new Date(until).toISOString()
  for (let tries = 0; tries < TRIES; tries += 1) {
    const client = await findClient(clientId)
    if (!client) return 'unknown'
    if (client.kind === 'public') return 'public'
    // The answer to a write may be lost; sent again, it finds itself there.
    if (client.secrets.some((secret) => secret.digest === digest)) return 'added'
    const kept = client.secrets
      .map((secret) => ({ ...secret, expires_at: earlier(secret.expires_at, end) }))
      .filter(({ expires_at }) => expires_at > created_at)
    const secrets = [...kept, { digest, created_at }]
    if (await change(clientId, 'secrets', secrets, client.secrets)) return 'added'
  }
  return 'busy'
}

const earlier = (one: string | undefined, other: string): string => (one !== undefined && one < other ? one : other)

/** Sets one attribute of a client that exists and, where they are given, still has just the secrets of `before`. */
async function change(
  clientId: string,
  name: string,
  value: unknown,
  before?: ClientRecord['secrets'],
): Promise<boolean> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const digests = before?.map(({ digest }, index) => [`:digest${index}`, digest] as const)
  const unchanged = [
    'attribute_exists(client_id)',
    ...(digests ? ['size(#name) = :count'] : []),
    ...(digests ?? []).map(([placeholder], index) => `#name[${index}].digest = ${placeholder}`),
  ]
  return sendIfConditionHolds(
    documents.send(
      new UpdateCommand({
        TableName: CLIENTS_TABLE,
        Key: { client_id: clientId },
        UpdateExpression: 'SET #name = :value',
        ConditionExpression: unchanged.join(' AND '),
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: {
          ':value': value,
          ...(digests && { ':count': digests.length, ...Object.fromEntries(digests) }),
        },
      }),
    ),
  )
}
