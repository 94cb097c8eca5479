import { hash, randomUUID } from 'node:crypto'
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { idempotencyKeyReused, storageUnavailable } from '../core/problem.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { expiryAfter, expiryWithSlack, isExpired } from '../dynamodb/expiry.ts'
import {
  type Attempt,
  CALL_MS,
  continueAttempt,
  deleteAttempt,
  endAttempt,
  findEndedAttempt,
  hasAttempt,
  type SavedAttempt,
  saveRemoval,
  startAttempt,
} from './attempts.ts'
import { chunksOf, deleteContents, putContents } from './contents.ts'
import { addToParticipant, removeFromParticipant } from './participant-list.ts'
import {
  bucketFileIds,
  hasSameContents,
  listOrder,
  type StoredSubmission,
  type Submission,
  storedSubmission,
} from './submission.ts'

/** After this time, a clean-up may have removed the attempt, for example during a slow import. */
const LATE_MS = CALL_MS / 2

/** A manifest names the attempt that has written its contents. They belong to it and never change. */
const manifestItem = z.extend(storedSubmission, {
  attempt: z.string(),
  chunks: z.int(),
  /** UNIX seconds. The contents expire later, so that a visible submission has all of them. */
  expires_at: z.optional(z.number()),
})
export type Manifest = z.output<typeof manifestItem>

const table = async () => (await getSettings('SUBMISSIONS_TABLE')).SUBMISSIONS_TABLE

/** One id has the items `manifest`, `chunk#<attempt>#<number>`, and `attempt#<attempt>` until an attempt is settled. */
const manifestKey = (id: string) => ({ submission: id, piece: 'manifest' })

/** The submissions of a client in the index `listed`. */
export const listOfClient = (clientId: string): string => `client#${clientId}`

interface StoreOptions {
  /** UNIX milliseconds. Nothing is written after it. */
  deadline: number
  /** An import may last minutes, so that no other call continues it. */
  isImport?: boolean
  /** Makes the files in the bucket belong to the submission before anything is written, or throws. */
  attachFiles?: () => Promise<void>
}

/**
 * Stores a submission once, also after retries: first the contents in chunks, then the manifest, which makes it exist.
 * An item for the attempt exists meanwhile, so that the remains of a crash are found and removed. A retry continues an
 * attempt whose call has ended, unless it is an import, and writes only the missing chunks. Returns whether the submission
 * is new. Throws `idempotency_key_reused` if another submission has the id, which an Idempotency-Key has determined then.
 */
export async function storeSubmission(
  submitted: StoredSubmission,
  contents: Uint8Array,
  { deadline, isImport = false, attachFiles = async () => undefined }: StoreOptions,
): Promise<boolean> {
  if (await isStored(submitted)) return false
  await attachFiles()
  const startedAt = Date.now()
  const abortSignal = AbortSignal.timeout(Math.max(deadline - startedAt, 0))
  const { manifest, attempt, isContinued } = await openAttempt(
    { ...submitted, chunks: chunksOf(contents) },
    { digest: isImport ? undefined : hash('sha256', contents, 'hex'), startedAt, abortSignal },
  )
  const expiresAt = expiryWithSlack(manifest.expires_at)
  try {
    await putContents(manifest, contents, { expiresAt, mayExist: isContinued, abortSignal })
    await addToParticipant(manifest, expiresAt, abortSignal)
  } catch (error) {
    await endAttempt(attempt).catch(() => undefined)
    throw error
  }
  // A manifest without contents must not be written.
  if (Date.now() - startedAt > LATE_MS && !(await hasAttempt(attempt))) {
    await removeContents(attempt).catch(() => undefined)
    throw storageUnavailable()
  }
  const isNew = await putManifest(manifest, abortSignal)
  // The submission is stored; a clean-up removes the rest later if this fails.
  await (isNew ? deleteAttempt(attempt) : removeContents(attempt)).catch(() => undefined)
  if (!isNew) await isStored(submitted)
  return isNew
}

interface OpenedAttempt {
  /** The manifest to be. */
  manifest: Manifest
  attempt: SavedAttempt
  /** Whether an earlier call has written some of the contents. */
  isContinued: boolean
}

interface OpenOptions {
  /** SHA-256 of the contents of the chunks; undefined if no other call may continue the attempt. */
  digest: string | undefined
  /** UNIX milliseconds. */
  startedAt: number
  abortSignal: AbortSignal
}

/** Continues an attempt whose call has ended, or starts a new one. */
async function openAttempt(
  submitted: StoredSubmission & { chunks: number },
  { digest, startedAt, abortSignal }: OpenOptions,
): Promise<OpenedAttempt> {
  const ended = digest === undefined ? null : await findEndedAttempt(submitted.id, digest)
  const continued = ended && (await continueAttempt(ended, startedAt))
  if (ended && continued) {
    const { attempt, received_at, manifest_expires_at: expires_at } = ended
    const manifest = { ...submitted, attempt, received_at, ...(expires_at !== undefined && { expires_at }) }
    return { manifest, attempt: continued, isContinued: true }
  }
  const { RETENTION_DAYS_SUBMISSIONS } = await getSettings('RETENTION_DAYS_SUBMISSIONS')
  const expires_at = expiryAfter(RETENTION_DAYS_SUBMISSIONS)
  const manifest = { ...submitted, attempt: randomUUID(), ...(expires_at !== undefined && { expires_at }) }
  const started = { ...manifest, contents: digest, manifest_expires_at: expires_at }
  return { manifest, attempt: await startAttempt(started, startedAt, abortSignal), isContinued: false }
}

/** Whether a submission exists. Throws `idempotency_key_reused` if its id belongs to other contents. */
async function isStored(submitted: Submission): Promise<boolean> {
  const manifest = await findManifest(submitted.id)
  if (manifest && !hasSameContents(manifest, submitted)) throw idempotencyKeyReused()
  return manifest !== null
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

/** Ids of the files of a submission that are in the bucket, and when it expires (UNIX milliseconds); null as `findManifest`. */
export async function findSubmissionFiles(id: string) {
  const manifest = await findManifest(id)
  if (!manifest) return null
  const { expires_at } = manifest
  return {
    fileIds: bucketFileIds(manifest),
    ...(expires_at !== undefined && { expiresAt: expires_at * 1000 }),
  }
}

/** A submission by its id, also an expired one until DynamoDB deletes it. */
export async function findStoredManifest(id: string, { isConsistent = true } = {}): Promise<Manifest | null> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: await table(), Key: manifestKey(id), ConsistentRead: isConsistent }),
  )
  return Item ? manifestItem.parse(Item) : null
}

/**
 * Removes a submission. The caller then removes its contents; after a crash, a clean-up does. Before the submission is
 * removed, `releaseFiles` makes sure that its files in the bucket are removed later.
 */
export async function deleteSubmission(
  manifest: Manifest,
  releaseFiles: (ids: string[]) => Promise<void>,
): Promise<void> {
  await saveRemoval(manifest, Date.now())
  await releaseFiles(bucketFileIds(manifest))
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

/** Removes contents that no manifest names, and their entry in the list of the participant, then the item of their attempt. */
export async function removeContents(attempt: Attempt & Partial<SavedAttempt>): Promise<void> {
  await deleteContents(attempt, attempt.chunks)
  const { received_at } = attempt
  if (received_at !== undefined) await removeFromParticipant({ ...attempt, received_at })
  await deleteAttempt(attempt)
}
