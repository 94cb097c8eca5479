import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { storageUnavailable } from '../core/problem.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'
import { listOfShard } from '../dynamodb/shards.ts'
import { listOrder } from './submission.ts'

/** Longer than any call lasts, except an import. */
export const CALL_MS = 60_000

/** A retry continues no older submission, so that lists by time get no old entry and the clean-up is not near. */
const CONTINUABLE_MS = 300_000

/** The list of all unfinished attempts in the index `listed`. */
export const UNFINISHED = 'unfinished'

/** The item of an attempt to store or remove a submission: contents may exist that no manifest names. */
export const attemptItem = z.object({
  id: z.string(),
  attempt: z.string(),
  chunks: z.int(),
  client_id: z.string(),
  participant_id: z.optional(z.string()),
  /** Attempts of earlier versions have none, and no entry in the list of their participant. */
  received_at: z.optional(z.string()),
  /** SHA-256 of all bytes that its chunks contain. Only attempts that a retry may continue have it. */
  contents: z.optional(z.string()),
  /** `expires_at` of the manifest to be. */
  manifest_expires_at: z.optional(z.number()),
  /** When the call started that owns the attempt, and the id. Another call may own it `CALL_MS` later. */
  list_order: z.string(),
})
const continuableItem = z.extend(attemptItem, { received_at: z.string() })

/** What identifies contents: a manifest or an attempt. */
export type Attempt = Omit<z.output<typeof attemptItem>, 'list_order'>

/** An attempt as it was read or written. Writes that depend on it fail if another call has written it since. */
export type SavedAttempt = z.output<typeof attemptItem>
export type ContinuableAttempt = z.output<typeof continuableItem>

const table = async () => (await getSettings('SUBMISSIONS_TABLE')).SUBMISSIONS_TABLE

const keyOf = ({ id, attempt }: Pick<Attempt, 'id' | 'attempt'>) => ({ submission: id, piece: `attempt#${attempt}` })

const listOrderAt = (id: string, ms: number): string => listOrder(new Date(ms).toISOString(), id)

/** The index lists attempts by time. */
const toItem = (saved: SavedAttempt) => {
  const { id, attempt, chunks, client_id, participant_id, received_at, contents, manifest_expires_at } = saved
  return {
    ...keyOf(saved),
    ...{ id, attempt, chunks, client_id, participant_id, received_at, contents, manifest_expires_at },
    list_key: listOfShard(UNFINISHED, id),
    list_order: saved.list_order,
  }
}

/** Saves an attempt of a call that started at `now` (UNIX milliseconds), before its first other write. */
export async function startAttempt(attempt: Attempt, now: number, abortSignal: AbortSignal): Promise<SavedAttempt> {
  const saved = { ...attempt, list_order: listOrderAt(attempt.id, now) }
  await documents.send(new PutCommand({ TableName: await table(), Item: toItem(saved) }), { abortSignal })
  return saved
}

/** Returns an attempt to store the same contents whose call has ended; null if there is none. */
export async function findEndedAttempt(id: string, contents: string): Promise<ContinuableAttempt | null> {
  const now = Date.now()
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: await table(),
      KeyConditionExpression: 'submission = :id AND begins_with(piece, :attempts)',
      FilterExpression:
        'contents = :contents AND list_order < :ended AND received_at > :since AND attribute_not_exists(removing)',
      ExpressionAttributeValues: {
        ':id': id,
        ':attempts': 'attempt#',
        ':contents': contents,
        ':ended': listOrderAt('', now - CALL_MS),
        ':since': new Date(now - CONTINUABLE_MS).toISOString(),
      },
    }),
  )
  return Items[0] === undefined ? null : continuableItem.parse(Items[0])
}

/** Makes a call of `now` the owner of an ended attempt. Null if another call owns it already, or removes its contents. */
export const continueAttempt = (ended: SavedAttempt, now: number): Promise<SavedAttempt | null> => redate(ended, now)

/** Lets a retry continue an attempt at once, because its call has failed and writes nothing more. */
export const endAttempt = (own: SavedAttempt): Promise<SavedAttempt | null> => redate(own, Date.now() - CALL_MS)

async function redate(read: SavedAttempt, ms: number): Promise<SavedAttempt | null> {
  const saved = { ...read, list_order: listOrderAt(read.id, ms) }
  const isSaved = await sendIfConditionHolds(
    new PutCommand({
      TableName: await table(),
      Item: toItem(saved),
      ConditionExpression: 'list_order = :read AND attribute_not_exists(removing)',
      ExpressionAttributeValues: { ':read': read.list_order },
    }),
  )
  return isSaved ? saved : null
}

/** Whether the item of an attempt still exists. A clean-up removes it together with the contents. */
export async function hasAttempt(attempt: Attempt): Promise<boolean> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: await table(), Key: keyOf(attempt), ConsistentRead: true }),
  )
  return Item !== undefined
}

/** Prevents that a retry continues an attempt, before its contents are removed. False if a call has written it since. */
export const startRemoval = async (read: SavedAttempt): Promise<boolean> =>
  sendIfConditionHolds(
    new PutCommand({
      TableName: await table(),
      Item: { ...toItem(read), removing: true },
      ConditionExpression: 'list_order = :read',
      ExpressionAttributeValues: { ':read': read.list_order },
    }),
  )

/** Throws `storage_unavailable` while a call may still write the manifest, since it could return after its removal. */
export async function saveRemoval(stored: Attempt, now: number): Promise<void> {
  const isSaved = await sendIfConditionHolds(
    new PutCommand({
      TableName: await table(),
      Item: { ...toItem({ ...stored, list_order: listOrderAt(stored.id, now) }), removing: true },
      ConditionExpression: 'attribute_not_exists(submission) OR removing = :yes OR list_order < :ended',
      ExpressionAttributeValues: { ':yes': true, ':ended': listOrderAt('', now - CALL_MS) },
    }),
  )
  if (!isSaved) throw storageUnavailable()
}

/** Deletes the item of an attempt. One that was read is not deleted if a call has written it since. */
export async function deleteAttempt(attempt: Attempt & Partial<SavedAttempt>): Promise<void> {
  const { list_order } = attempt
  const isUnchanged = {
    ConditionExpression: 'list_order = :list_order',
    ExpressionAttributeValues: { ':list_order': list_order },
  }
  const input = { TableName: await table(), Key: keyOf(attempt), ...(list_order !== undefined && isUnchanged) }
  await sendIfConditionHolds(new DeleteCommand(input))
}
