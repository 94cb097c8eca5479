import { hash } from 'node:crypto'
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'

/**
 * A page of the list reads each.
 * @limit Access | shares of a client, with those of its participants
 */
export const MAX_SHARES = 200

/** @limit Access | in which the last use of a share is stored once */
const USE_INTERVAL_MS = 3_600_000

const record = z.object({
  client_id: z.string(),
  /** The participant that owns the series; absent if the client itself owns them. */
  participant_id: z.optional(z.string()),
  name: z.string(),
  /** Digest of the secret in the token. */
  digest: z.string(),
  series: z.array(z.string()),
  /** Absent for all columns. */
  columns: z.optional(z.array(z.string())),
  created_by: z.enum(['admin', 'client']),
  created_at: z.string(),
  /** UNIX seconds; also the table's TTL. */
  expires_at: z.number(),
  /** UNIX milliseconds. */
  last_used_at: z.optional(z.number()),
})
export type ShareRecord = z.output<typeof record>

const shareKey = async (id: string) => ({
  TableName: (await getSettings('TOKENS_TABLE')).TOKENS_TABLE,
  Key: { id: `share#${id}` },
})

/** One item has the ids of a client's shares, because the key of a share does not name the client. */
const listKey = async (clientId: string) => ({
  TableName: (await getSettings('TOKENS_TABLE')).TOKENS_TABLE,
  Key: { id: `shares#${clientId}` },
})

/** A share in the list of its client. */
export interface ShareEntry {
  id: string
  /** Digest of the participant, because ids of participants may be personal; empty for the client itself. */
  participant: string
}

export const participantDigest = (participant: string | undefined): string =>
  participant === undefined ? '' : hash('sha256', participant, 'base64url')

const toText = ({ participant, id }: ShareEntry): string => `${participant}#${id}`

/** Returns a share, also an expired one that DynamoDB has not deleted yet. */
export async function findShare(id: string): Promise<ShareRecord | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await shareKey(id)), ConsistentRead: true }))
  return Item ? record.parse(Item) : null
}

/** Stores a share. */
export async function saveShare(id: string, share: ShareRecord): Promise<void> {
  const { TableName, Key } = await shareKey(id)
  await documents.send(
    new PutCommand({
      TableName,
      Item: { ...Key, ...share },
      // The SDK may retry after a lost response; then the share is already stored.
      ConditionExpression: 'attribute_not_exists(id) OR digest = :digest',
      ExpressionAttributeValues: { ':digest': share.digest },
    }),
  )
}

/** Adds a stored share to the list of its client. Returns false if the list is full. */
export async function addShareEntry(clientId: string, entry: ShareEntry): Promise<boolean> {
  const text = toText(entry)
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await listKey(clientId)),
      UpdateExpression: 'ADD shares :entries',
      ConditionExpression: 'attribute_not_exists(shares) OR size(shares) < :max OR contains(shares, :entry)',
      ExpressionAttributeValues: { ':entries': new Set([text]), ':entry': text, ':max': MAX_SHARES },
    }),
  )
}

/** Returns the list of a client's shares, or of one participant's. Some may have expired. */
export async function listShareEntries({ clientId, participant }: DataOwner): Promise<ShareEntry[]> {
  const { Item } = await documents.send(new GetCommand({ ...(await listKey(clientId)), ConsistentRead: true }))
  const { shares } = z.object({ shares: z._default(z.set(z.string()), new Set()) }).parse(Item ?? {})
  const entries = [...shares].map((text) => {
    const [digest = '', id = ''] = text.split('#')
    return { id, participant: digest }
  })
  return participant === undefined
    ? entries
    : entries.filter((entry) => entry.participant === participantDigest(participant))
}

/** Deletes a share. Its token is rejected from then on. */
export async function deleteShare(id: string): Promise<void> {
  await documents.send(new DeleteCommand(await shareKey(id)))
}

/** Removes shares that no longer exist from the list of their client. */
export async function removeShareEntries(clientId: string, entries: readonly ShareEntry[]): Promise<void> {
  if (entries.length === 0) return
  await documents.send(
    new UpdateCommand({
      ...(await listKey(clientId)),
      UpdateExpression: 'DELETE shares :entries',
      ExpressionAttributeValues: { ':entries': new Set(entries.map(toText)) },
    }),
  )
}

/** Stores that a share was used at `now` (UNIX ms), unless its last use is recent. */
export async function recordShareUse(id: string, { last_used_at = 0 }: ShareRecord, now: number): Promise<void> {
  if (last_used_at > now - USE_INTERVAL_MS) return
  await sendIfConditionHolds(
    new UpdateCommand({
      ...(await shareKey(id)),
      UpdateExpression: 'SET last_used_at = :now',
      // The share may be revoked meanwhile, or another container has stored the use.
      ConditionExpression:
        'attribute_exists(client_id) AND (attribute_not_exists(last_used_at) OR last_used_at <= :before)',
      ExpressionAttributeValues: { ':now': now, ':before': now - USE_INTERVAL_MS },
    }),
  )
}
