import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { inParallel } from '../core/concurrency.ts'
import { Problem } from '../core/problem.ts'
import { sendIfConditionHolds } from '../dynamodb/client.ts'
import { invalidParameter } from '../http/input.ts'
import { type FileRecord, fileIdOf, fileKey, isOwnedBy } from './file.ts'
import { findFile } from './store.ts'
import type { FindSubmission } from './unused-files.ts'
import { dueAttributes } from './work-store.ts'

/** When the work looks whether a submission has its files: later than any request that stores it, before any expires. */
const CHECK_MS = 3_600_000
/** Longer than a request that stores or deletes a submission. */
const REQUEST_MS = 300_000
const AT_ONCE = 10

const keyOf = async (id: string) => ({
  TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE,
  Key: { id: fileKey(id) },
})

/** A stored file that can belong to a submission. */
export interface SubmissionFile {
  id: string
  name: string
  type: string
  /** Bytes. */
  size: number
  /** Hexadecimal. */
  sha256: string
}

export const fileNotReady = () =>
  new Problem('file_not_ready', 'A file of `upload` is not stored yet. Complete it, and try again when it is stored.', {
    headers: { 'retry-after': '5' },
  })

export const fileBeingSubmitted = () =>
  new Problem('file_not_ready', 'Another submission with this file has not ended. Try again in five minutes.', {
    headers: { 'retry-after': String(REQUEST_MS / 1000) },
  })

export const unknownUpload = () =>
  invalidParameter([{ field: 'upload', detail: 'must be the id of your own stored file with the purpose submission' }])

export const fileInUse = () =>
  new Problem('file_in_use', 'The file belongs to a submission. Send it again for another one.')

/**
 * The files of the caller with these ids, in this order. Throws `parameter_invalid` for ids of others, of other purposes
 * and of failed files, and `file_not_ready` for files that are not stored yet.
 */
export async function requireSubmissionFiles(ids: readonly string[], owner: DataOwner): Promise<SubmissionFile[]> {
  const found = new Map<string, FileRecord | null>()
  await inParallel(new Set(ids), AT_ONCE, async (id) => {
    found.set(id, await findFile(id))
  })
  return ids.map((id) => {
    const file = found.get(id)
    if (!file || !isOwnedBy(file, owner) || file.purpose !== 'submission' || file.state === 'failed')
      throw unknownUpload()
    const { name, type, size, result } = file
    if (file.state !== 'stored' || name === undefined || result?.sha256 === undefined) throw fileNotReady()
    return { id: fileIdOf(file), name, type, size, sha256: result.sha256 }
  })
}

/**
 * Makes files belong to a submission, before its manifest is written. A repeat for the same submission succeeds. A file
 * of a submission that was never stored can be attached to another one, five minutes later. Throws `file_in_use`,
 * `file_not_ready` in these minutes, and `parameter_invalid` if a file was removed meanwhile.
 */
export async function attachFiles(
  ids: readonly string[],
  submissionId: string,
  now: number,
  findSubmission: FindSubmission,
): Promise<void> {
  await inParallel(ids, AT_ONCE, (id) => attachFile(id, submissionId, now, findSubmission))
}

async function attachFile(
  id: string,
  submissionId: string,
  now: number,
  findSubmission: FindSubmission,
): Promise<void> {
  if (await attachIf('attribute_not_exists(attached_to) OR attached_to = :submission', id, submissionId, now)) return
  const file = await findFile(id)
  if (file?.state !== 'stored') throw unknownUpload()
  const { attached_to: other, attached_at: since = 0, submitted = false } = file
  if (other === undefined || submitted || (await findSubmission(other))?.fileIds.includes(id)) throw fileInUse()
  if (since > now - REQUEST_MS) throw fileBeingSubmitted()
  // The SDK may retry after a lost response: then the file is already attached to this submission.
  const condition = 'attached_to = :submission OR (attached_to = :other AND attached_at = :since)'
  if (!(await attachIf(condition, id, submissionId, now, { ':other': other, ':since': since }))) throw fileInUse()
}

async function attachIf(
  condition: string,
  id: string,
  submissionId: string,
  now: number,
  values: Readonly<Record<string, unknown>> = {},
): Promise<boolean> {
  const { outbox, due_at } = dueAttributes(fileKey(id), now + CHECK_MS)
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await keyOf(id)),
      // Without the lease, work that has read the file before can no longer remove it.
      UpdateExpression:
        'SET attached_to = :submission, attached_at = :now, outbox = :outbox, due_at = :due REMOVE lease_id',
      ConditionExpression: `#state = :stored AND purpose = :purpose AND (${condition})`,
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':submission': submissionId,
        ':now': now,
        ':outbox': outbox,
        ':due': due_at,
        ':stored': 'stored',
        ':purpose': 'submission',
        ...values,
      },
    }),
  )
}

/**
 * Makes the work remove the files of a submission, if that is deleted within five minutes; otherwise they stay. It is called before
 * the manifest is deleted, so that a crash leaves no file without a submission.
 */
export async function releaseFiles(ids: readonly string[], submissionId: string, now: number): Promise<void> {
  await inParallel(ids, AT_ONCE, async (id) => {
    const { outbox, due_at } = dueAttributes(fileKey(id), now + REQUEST_MS)
    await sendIfConditionHolds(
      new UpdateCommand({
        ...(await keyOf(id)),
        UpdateExpression: 'SET submitted = :yes, outbox = :outbox, due_at = :due REMOVE lease_id',
        ConditionExpression: 'attached_to = :submission',
        ExpressionAttributeValues: {
          ':submission': submissionId,
          ':yes': true,
          ':outbox': outbox,
          ':due': due_at,
        },
      }),
    )
  })
}
