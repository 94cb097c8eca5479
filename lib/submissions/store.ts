import { randomUUID } from 'node:crypto'
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { documents, sendIfConditionHolds, storageUnavailable } from '../dynamodb/client.ts'
import { type Submission, submission } from './submission.ts'

/** DynamoDB's items end at 400 KB, names and keys included. */
export const CHUNK_BYTES = 400_000
const CHUNKS_AT_ONCE = 8
/** Longer than any call may last. */
export const CALL_MS = 60_000
/** From here on, somebody may have taken an attempt for a failure: an import may be held up for long. */
const LATE_MS = CALL_MS / 2

/** A manifest names the attempt that has written its contents: they are its own, and never change. */
const manifestItem = z.extend(submission, { attempt: z.string(), chunks: z.int() })
export type Manifest = z.output<typeof manifestItem>

const chunkItem = z.object({ content: z.instanceof(Uint8Array) })

const table = async () => (await getSettings('SUBMISSIONS_TABLE')).SUBMISSIONS_TABLE

/**
 * Under one id there are `manifest`, `attempt#<attempt>` while something is begun and not ended, and
 * `chunk#<attempt>#<number>`.
 */
const manifestKey = (id: string) => ({ submission: id, piece: 'manifest' })
const attemptKey = (id: string, attempt: string) => ({ submission: id, piece: `attempt#${attempt}` })
const chunkKey = (id: string, attempt: string, number: number) => ({
  submission: id,
  piece: `chunk#${attempt}#${String(number).padStart(4, '0')}`,
})

/** Lists of the index `listed`: of each client what it has submitted, and of all what is unfinished. */
export const UNFINISHED = 'unfinished'
export const listOfClient = (clientId: string): string => `client#${clientId}`
export const listOrder = (receivedAt: string, id: string): string => `${receivedAt}#${id}`

/**
 * Stores a submission once, however often it comes: the contents in chunks, then the manifest, without which nothing
 * is there. The attempt is noted before and forgotten after, so that what a crash leaves behind is found and removed.
 * Nothing is written after `deadline` (UNIX milliseconds). Tells whether it was new.
 */
export async function storeSubmission(described: Submission, contents: Uint8Array, deadline: number): Promise<boolean> {
  const { id } = described
  if (await findManifest(id)) return false
  const abortSignal = AbortSignal.timeout(Math.max(deadline - Date.now(), 0))
  const TableName = await table()
  const put = (Item: Record<string, unknown>) => documents.send(new PutCommand({ TableName, Item }), { abortSignal })
  const manifest = { ...described, attempt: randomUUID(), chunks: Math.ceil(contents.length / CHUNK_BYTES) }
  const begun = Date.now()
  await put(noteOf(manifest, begun))
  await inParallel(Array(manifest.chunks).keys(), CHUNKS_AT_ONCE, async (number) => {
    const content = contents.subarray(number * CHUNK_BYTES, (number + 1) * CHUNK_BYTES)
    await put({ ...chunkKey(id, manifest.attempt, number), content })
  })
  // A manifest without contents must not be written.
  if (Date.now() - begun > LATE_MS && !(await isNoted(manifest))) {
    await removeContents(manifest).catch(() => undefined)
    throw storageUnavailable()
  }
  const isNew = await putManifest(manifest, abortSignal)
  // What cannot be cleared away now is found later; the submission is stored.
  await (isNew ? deleteAttempt(manifest) : removeContents(manifest)).catch(() => undefined)
  return isNew
}

/** Whether the note of an attempt is there still: who takes the attempt for a failure removes it with the contents. */
async function isNoted({ id, attempt }: Attempt): Promise<boolean> {
  const Key = attemptKey(id, attempt)
  const { Item } = await documents.send(new GetCommand({ TableName: await table(), Key, ConsistentRead: true }))
  return Item !== undefined
}

/** A note that contents are there, or will be, that no manifest may name: the index lists them by the time. */
const noteOf = ({ id, attempt, chunks, client_id, participant_id }: Manifest, now: number) => ({
  ...attemptKey(id, attempt),
  id,
  attempt,
  chunks,
  client_id,
  ...(participant_id !== undefined && { participant_id }),
  list_key: UNFINISHED,
  list_order: listOrder(new Date(now).toISOString(), id),
})

/** What contents are called by: a manifest, or an attempt. */
export interface Attempt {
  id: string
  attempt: string
  chunks: number
  /** Of a note that was found: one that was made anew since then stays. */
  list_order?: string
}

export async function deleteAttempt({ id, attempt, list_order }: Attempt): Promise<void> {
  const found = { ConditionExpression: 'list_order = :found', ExpressionAttributeValues: { ':found': list_order } }
  const input = { TableName: await table(), Key: attemptKey(id, attempt), ...(list_order !== undefined && found) }
  await sendIfConditionHolds(documents.send(new DeleteCommand(input)))
}

async function putManifest(manifest: Manifest, abortSignal: AbortSignal): Promise<boolean> {
  const lists = {
    list_key: listOfClient(manifest.client_id),
    list_order: listOrder(manifest.received_at, manifest.id),
  }
  return sendIfConditionHolds(
    documents.send(
      new PutCommand({
        TableName: await table(),
        Item: { ...manifest, ...manifestKey(manifest.id), ...lists },
        // The answer to a write may be lost; sent again by the SDK, it finds itself there.
        ConditionExpression: 'attribute_not_exists(submission) OR attempt = :attempt',
        ExpressionAttributeValues: { ':attempt': manifest.attempt },
      }),
      { abortSignal },
    ),
  )
}

/** A submission by its id, whoever sent it; null for one that is not there. */
export async function findManifest(id: string): Promise<Manifest | null> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: await table(), Key: manifestKey(id), ConsistentRead: true }),
  )
  return Item ? manifestItem.parse(Item) : null
}

/** So many bytes of a submission's contents from a place on; null when they are being removed. */
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

/** Removes a submission: from here on it is not there. Its contents are to be removed next; a crash leaves them to be found. */
export async function deleteSubmission(manifest: Manifest): Promise<void> {
  await noteRemoval(manifest, Date.now())
  await deleteManifest(manifest)
}

/** Where another has removed it and it was submitted anew, that one stays; of these contents nobody speaks any more. */
async function deleteManifest({ id, attempt }: Attempt): Promise<void> {
  await sendIfConditionHolds(
    documents.send(
      new DeleteCommand({
        TableName: await table(),
        Key: manifestKey(id),
        ConditionExpression: 'attempt = :attempt',
        ExpressionAttributeValues: { ':attempt': attempt },
      }),
    ),
  )
}

/** A manifest that is still being written might be written once more after it was removed: that is waited for. */
async function noteRemoval(manifest: Manifest, now: number): Promise<void> {
  const noted = await sendIfConditionHolds(
    documents.send(
      new PutCommand({
        TableName: await table(),
        Item: { ...noteOf(manifest, now), removing: true },
        ConditionExpression: 'attribute_not_exists(submission) OR removing = :yes OR list_order < :ended',
        ExpressionAttributeValues: { ':yes': true, ':ended': new Date(now - CALL_MS).toISOString() },
      }),
    ),
  )
  if (!noted) throw storageUnavailable()
}

/** Removes contents that no manifest names, then what is known of them. */
export async function removeContents(attempt: Attempt): Promise<void> {
  const TableName = await table()
  await inParallel(Array(attempt.chunks).keys(), CHUNKS_AT_ONCE, async (number) => {
    await documents.send(new DeleteCommand({ TableName, Key: chunkKey(attempt.id, attempt.attempt, number) }))
  })
  await deleteAttempt(attempt)
}
