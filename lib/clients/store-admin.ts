import { DeleteCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'
import type { AttestationPolicy } from './attestation-policy.ts'
import { type ClientRecord, clientRecord, findClient } from './store.ts'

/** Returns all clients, newest first; `pageSize` is the number of items that one request reads. */
export async function listClients(pageSize?: number): Promise<ClientRecord[]> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const pages = paginateScan(
    { client: documents },
    { TableName: CLIENTS_TABLE, ConsistentRead: true, ...(pageSize !== undefined && { Limit: pageSize }) },
  )
  const clients: ClientRecord[] = []
  for await (const { Items = [] } of pages) clients.push(...Items.map((item) => clientRecord.parse(item)))
  return clients.toSorted((left, right) => right.created_at.localeCompare(left.created_at))
}

/** Enables or disables a client. Returns false if it does not exist. */
export const setClientStatus = (clientId: string, status: ClientRecord['status']): Promise<boolean> =>
  updateClient(clientId, 'status', status)

/** Replaces the scopes of a client's future tokens. Returns false if the client does not exist. */
export const setClientScope = (clientId: string, scope: readonly string[]): Promise<boolean> =>
  updateClient(clientId, 'scope', scope)

/** Replaces the callback URLs of a client. Returns false if it does not exist. */
export async function setClientCallbacks(
  clientId: string,
  { callback_url, callback_urls = [] }: Pick<ClientRecord, 'callback_url' | 'callback_urls'>,
): Promise<boolean> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  return sendIfConditionHolds(
    new UpdateCommand({
      TableName: CLIENTS_TABLE,
      Key: { client_id: clientId },
      UpdateExpression: 'SET callback_url = :default, callback_urls = :others',
      ConditionExpression: 'attribute_exists(client_id)',
      ExpressionAttributeValues: { ':default': callback_url, ':others': callback_urls },
    }),
  )
}

/** Replaces the audiences that a client's future tokens can have. Returns false if the client does not exist. */
export const setClientAudience = (clientId: string, audience: readonly string[]): Promise<boolean> =>
  updateClient(clientId, 'audience', audience)

/** Whether a client's future tokens must be bound to a key. Returns false if the client does not exist. */
export const setClientDpopBound = (clientId: string, isBound: boolean): Promise<boolean> =>
  updateClient(clientId, 'dpop_bound', isBound)

/** Replaces the upload options of a client; undefined removes them. Returns false if the client does not exist. */
export const setClientUpload = (clientId: string, upload: ClientRecord['upload']): Promise<boolean> =>
  updateClient(clientId, 'upload', upload)

/**
 * Sets what the app of a client must prove; null makes it a public client again. Returns false if the client does not exist
 * or is confidential.
 */
export async function setClientAttestation(clientId: string, policy: AttestationPolicy | null): Promise<boolean> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  return sendIfConditionHolds(
    new UpdateCommand({
      TableName: CLIENTS_TABLE,
      Key: { client_id: clientId },
      UpdateExpression: policy ? 'SET kind = :kind, attestation = :policy' : 'SET kind = :kind REMOVE attestation',
      ConditionExpression: 'attribute_exists(client_id) AND kind <> :confidential',
      ExpressionAttributeValues: {
        ':kind': policy ? 'attested' : 'public',
        ':confidential': 'confidential',
        ...(policy && { ':policy': policy }),
      },
    }),
  )
}

/** Revokes all tokens of a client that were issued until `now` (UNIX ms). Returns false if the client does not exist. */
export const revokeClientTokens = (clientId: string, now: number): Promise<boolean> =>
  updateClient(clientId, 'tokens_valid_after', new Date(now).toISOString())

export async function deleteClient(clientId: string): Promise<void> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  await documents.send(new DeleteCommand({ TableName: CLIENTS_TABLE, Key: { client_id: clientId } }))
}

/** Conflicts with concurrent rotations before `addClientSecret` returns `busy`. */
const MAX_ATTEMPTS = 10

/**
 * Adds a secret by its digest. The existing secrets expire at `until` (UNIX ms) at the latest; expired ones are removed.
 * Optimistic locking prevents concurrent rotations from overwriting each other.
 */
export async function addClientSecret(
  clientId: string,
  digest: string,
  now: number,
  until: number,
): Promise<'added' | 'unknown' | 'public' | 'busy'> {
  const created_at = new Date(now).toISOString()
  const end = new Date(until).toISOString()
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const client = await findClient(clientId)
    if (!client) return 'unknown'
    if (client.kind !== 'confidential') return 'public'
    // The SDK may retry after a lost response; then the secret is already stored.
    if (client.secrets.some((secret) => secret.digest === digest)) return 'added'
    const validSecrets = client.secrets
      .map((secret) => ({ ...secret, expires_at: earlierOf(secret.expires_at, end) }))
      .filter(({ expires_at }) => expires_at > created_at)
    const secrets = [...validSecrets, { digest, created_at }]
    if (await updateClient(clientId, 'secrets', secrets, client.secrets)) return 'added'
  }
  return 'busy'
}

const earlierOf = (left: string | undefined, right: string): string =>
  left !== undefined && left < right ? left : right

/** Sets one attribute; undefined removes it. Returns false if the client does not exist, or no longer has exactly the secrets of `before`. */
async function updateClient(
  clientId: string,
  name: string,
  value: unknown,
  before?: ClientRecord['secrets'],
): Promise<boolean> {
  const { CLIENTS_TABLE } = await getSettings('CLIENTS_TABLE')
  const digests = before?.map(({ digest }, index) => [`:digest${index}`, digest] as const)
  const conditions = [
    'attribute_exists(client_id)',
    ...(digests ? ['size(#name) = :count'] : []),
    ...(digests ?? []).map(([placeholder], index) => `#name[${index}].digest = ${placeholder}`),
  ]
  return sendIfConditionHolds(
    new UpdateCommand({
      TableName: CLIENTS_TABLE,
      Key: { client_id: clientId },
      UpdateExpression: value === undefined ? 'REMOVE #name' : 'SET #name = :value',
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: { '#name': name },
      ...(value !== undefined && {
        ExpressionAttributeValues: {
          ':value': value,
          ...(digests && { ':count': digests.length, ...Object.fromEntries(digests) }),
        },
      }),
    }),
  )
}
