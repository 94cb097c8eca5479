import { randomUUID } from 'node:crypto'
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { idempotencyKeyReused, storageUnavailable } from '../core/problem.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { expiryAfter, expiryWithSlack, isExpired } from '../dynamodb/expiry.ts'
import { listOfShard } from '../dynamodb/shards.ts'
import { addToParticipant, removeFromParticipant } from './participant-list.ts'
import { hasSameContents, listOrder, type Submission, submission } from './submission.ts'

/** DynamoDB limits items to 400 KB, with names and keys. */
export const CHUNK_BYTES = 400_000
const CHUNKS_AT_ONCE = 8
/** Longer than any call lasts. */
export const CALL_MS = 60_000
/** After this time, a clean-up may have removed the attempt, for example during a slow import. */
const LATE_MS = CALL_MS / 2

/** A manifest names the attempt that has written its contents. They belong to it and never change. */
const manifestItem = z.extend(submission, {
  attempt: z.string(),
  chunks: z.int(),
  /** UNIX seconds. The contents expire later, so that a visible submission has all of them. */
  expires_at: z.optional(z.number()),
})
export type Manifest = z.output<typeof manifestItem>

const chunkItem = z.object({ content: z.instanceof(Uint8Array) })

const table = async () => (await getSettings('SUBMISSIONS_TABLE')).SUBMISSIONS_TABLE

/**
 * One id has the items `manifest`, `chunk#<attempt>#<number>`, and `attempt#<attempt>` while an attempt has not ended.
 */
const manifestKey = (id: string) => ({ submission: id, piece: 'manifest' })
const attemptKey = (id: string, attempt: string) => ({ submission: id, piece: `attempt#${attempt}` })
const chunkKey = (id: string, attempt: string, number: number) => ({
  submission: id,
  piece: `chunk#${attempt}#${String(number).padStart(4, '0')}`,
})

/** Lists of the index `listed`: the submissions of each client, and all unfinished attempts. */
export const UNFINISHED = 'unfinished'
export const listOfClient = (clientId: string): string => `client#${clientId}`

/**
 * Stores a submission once, also after retries: first the contents in chunks, then the manifest, which makes it exist.
 * An item for the attempt exists meanwhile, so that the remains of a crash are found and removed. Writes nothing after
 * `deadline` (UNIX milliseconds). Returns whether the submission is new. Throws `idempotency_key_reused` if another
 * submission has the id, which happens only to an id that an Idempotency-Key determines.
 */
export async function storeSubmission(submitted: Submission, contents: Uint8Array, deadline: number): Promise<boolean> {
  const { id } = submitted
  if (await isStored(submitted)) return false
  const abortSignal = AbortSignal.timeout(Math.max(deadline - Date.now(), 0))
  const TableName = await table()
  const put = (Item: Record<string, unknown>) => documents.send(new PutCommand({ TableName, Item }), { abortSignal })
  const { RETENTION_DAYS_SUBMISSIONS } = await getSettings('RETENTION_DAYS_SUBMISSIONS')
  const expires_at = expiryAfter(RETENTION_DAYS_SUBMISSIONS)
  const manifest = {
    ...submitted,
    attempt: randomUUID(),
    chunks: Math.ceil(contents.length / CHUNK_BYTES),
    ...(expires_at !== undefined && { expires_at }),
  }
  const contentExpiry = expiryWithSlack(expires_at)
  const startedAt = Date.now()
  await put(toAttemptItem(manifest, startedAt))
  await inParallel(Array(manifest.chunks).keys(), CHUNKS_AT_ONCE, async (number) => {
    const content = contents.subarray(number * CHUNK_BYTES, (number + 1) * CHUNK_BYTES)
    const expiry = contentExpiry !== undefined && { expires_at: contentExpiry }
    await put({ ...chunkKey(id, manifest.attempt, number), content, ...expiry })
  })
  await addToParticipant(manifest, contentExpiry, abortSignal)
  // A manifest without contents must not be written.
  if (Date.now() - startedAt > LATE_MS && !(await hasAttemptItem(manifest))) {
    await removeContents(manifest).catch(() => undefined)
    throw storageUnavailable()
  }
  const isNew = await putManifest(manifest, abortSignal)
  // The submission is stored; a clean-up removes the rest later if this fails.
  await (isNew ? deleteAttempt(manifest) : removeContents(manifest)).catch(() => undefined)
  if (!isNew) await isStored(submitted)
  return isNew
}

/** Whether a submission exists. Throws `idempotency_key_reused` if its id belongs to other contents. */
async function isStored(submitted: Submission): Promise<boolean> {
  const manifest = await findManifest(submitted.id)
  if (manifest && !hasSameContents(manifest, submitted)) throw idempotencyKeyReused()
  return manifest !== null
}

/** Whether the item of an attempt still exists. A clean-up removes it together with the contents. */
async function hasAttemptItem({ id, attempt }: Pick<Attempt, 'id' | 'attempt'>): Promise<boolean> {
  const Key = attemptKey(id, attempt)
  const { Item } = await documents.send(new GetCommand({ TableName: await table(), Key, ConsistentRead: true }))
  return Item !== undefined
}

/** The item of an attempt: contents may exist that no manifest names. The index lists it by time. */
const toAttemptItem = ({ id, attempt, chunks, client_id, participant_id, received_at }: Manifest, now: number) => ({
  ...attemptKey(id, attempt),
  id,
  attempt,
  chunks,
  client_id,
  ...(participant_id !== undefined && { participant_id }),
  received_at,
  list_key: listOfShard(UNFINISHED, id),
  list_order: listOrder(new Date(now).toISOString(), id),
})

/** What identifies contents: a manifest or an attempt. */
export interface Attempt {
  id: string
  attempt: string
  chunks: number
  client_id: string
  participant_id?: string | undefined
  /** Attempts of earlier versions have none, and no entry in the list of their participant. */
  received_at?: string | undefined
  /** As it was read. `deleteAttempt` does not delete an item with another value: it was written again since. */
  list_order?: string
}

export async function deleteAttempt({
  id,
  attempt,
  list_order,
}: Pick<Attempt, 'id' | 'attempt' | 'list_order'>): Promise<void> {
  const isUnchanged = {
    ConditionExpression: 'list_order = :list_order',
    ExpressionAttributeValues: { ':list_order': list_order },
  }
  const input = { TableName: await table(), Key: attemptKey(id, attempt), ...(list_order !== undefined && isUnchanged) }
  await sendIfConditionHolds(new DeleteCommand(input))
}

async function putManifest(manifest: Manifest, abortSignal: AbortSignal): Promise<boolean> {
  const lists = {
    list_key: listOfClient(manifest.client_id),
    list_order: listOrder(manifest.received_at, manifest.id),
  }
  return sendIfConditionHolds(
    new PutCommand({
      TableName: await table(),
      Item: { ...manifest, ...manifestKey(manifest.id), ...lists },
      // The SDK may retry after a lost response; then this attempt is already stored.
      // DynamoDB deletes an expired submission late: it may be submitted again before.
      ConditionExpression: 'attribute_not_exists(submission) OR attempt = :attempt OR expires_at <= :now',
      ExpressionAttributeValues: { ':attempt': manifest.attempt, ':now': unixSeconds(Date.now()) },
    }),
    { abortSignal },
  )
}

/** A submission by its id, of any client; null if it does not exist, or has expired. */
export async function findManifest(id: string): Promise<Manifest | null> {
  const manifest = await findStoredManifest(id)
  return manifest && !isExpired(manifest.expires_at) ? manifest : null
}

/** A submission by its id, also an expired one until DynamoDB deletes it. */
export async function findStoredManifest(id: string, { isConsistent = true } = {}): Promise<Manifest | null> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: await table(), Key: manifestKey(id), ConsistentRead: isConsistent }),
  )
  return Item ? manifestItem.parse(Item) : null
}

/** Reads `size` bytes of a submission's contents from `start` on; null while they are being removed. */
export async function readContents({ id, attempt }: Attempt, start: number, size: number): Promise<Buffer | null> {
  const TableName = await table()
  const first = Math.floor(start / CHUNK_BYTES)
  const numbers = [...Array(Math.ceil((start + size) / CHUNK_BYTES)).keys()].slice(first)
  const chunks = new Map<number, Uint8Array>()
  await inParallel(numbers, CHUNKS_AT_ONCE, async (number) => {
    const Key = chunkKey(id, attempt, number)
    const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }))
    if (Item) chunks.set(number, chunkItem.parse(Item).content)
  })
  if (chunks.size < numbers.length) return null
  const offset = start - first * CHUNK_BYTES
  return Buffer.concat(numbers.map((number) => chunks.get(number) ?? Buffer.of())).subarray(offset, offset + size)
}

/** Removes a submission. The caller then removes its contents; after a crash, a clean-up does. */
export async function deleteSubmission(manifest: Manifest): Promise<void> {
  await saveRemoval(manifest, Date.now())
  await deleteManifest(manifest)
}

/** Keeps the manifest of another attempt: the submission was removed and submitted again meanwhile. */
async function deleteManifest({ id, attempt }: Attempt): Promise<void> {
  await sendIfConditionHolds(
    new DeleteCommand({
      TableName: await table(),
      Key: manifestKey(id),
      ConditionExpression: 'attempt = :attempt',
      ExpressionAttributeValues: { ':attempt': attempt },
    }),
  )
}

/** Throws `storage_unavailable` while a call may still write the manifest, since it could return after its removal. */
async function saveRemoval(manifest: Manifest, now: number): Promise<void> {
  const isSaved = await sendIfConditionHolds(
    new PutCommand({
      TableName: await table(),
      Item: { ...toAttemptItem(manifest, now), removing: true },
      ConditionExpression: 'attribute_not_exists(submission) OR removing = :yes OR list_order < :ended',
      ExpressionAttributeValues: { ':yes': true, ':ended': new Date(now - CALL_MS).toISOString() },
    }),
  )
  if (!isSaved) throw storageUnavailable()
}

/** Removes contents that no manifest names, and their entry in the list of the participant, then the item of their attempt. */
export async function removeContents(attempt: Attempt): Promise<void> {
  const TableName = await table()
  await inParallel(Array(attempt.chunks).keys(), CHUNKS_AT_ONCE, async (number) => {
    await documents.send(new DeleteCommand({ TableName, Key: chunkKey(attempt.id, attempt.attempt, number) }))
  })
  const { received_at } = attempt
  if (received_at !== undefined) await removeFromParticipant({ ...attempt, received_at })
  await deleteAttempt(attempt)
}
