import { buffer } from 'node:stream/consumers'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'
import { Problem } from '../core/problem.ts'
import type { LargeUpload, LargeUploadOutcome, ReadBytes, SaveProgress } from '../measurements/large/large-upload.ts'
import { log } from '../observability/log.ts'
import { countMetric } from '../observability/metrics.ts'
import { assembleObject, contentLost } from './assemble-object.ts'
import { readObject } from './bucket.ts'
import { type FileRecord, type FileResult, fileIdOf, objectKey } from './file.ts'
import { hashObject } from './hash-object.ts'
import { unusedAt } from './unused-files.ts'
import { saveWork, type Work } from './work-store.ts'

/** Stores the rows of a file, as `storeLargeUpload` does. */
export type StoreMeasurements = (
  upload: Omit<LargeUpload, 'attributesOf'>,
  read: ReadBytes,
  progress: unknown,
  save: SaveProgress,
  deadline: number,
) => Promise<LargeUploadOutcome>

export const digestDiffers = () =>
  new Problem('body_invalid', 'The content of the file does not have the SHA-256 that was declared. Create a new file.')

export const processingFailed = () =>
  new Problem(
    'internal_error',
    'The file could not be processed. Send it again: rows that are already stored are not stored twice.',
  )

/** What earlier runs have reached: whether the SHA-256 is checked, and the progress of the rows. */
const progressRecord = z.object({ isChecked: z.optional(z.boolean()), rows: z.optional(z.unknown()) })

/**
 * Stores the content of a completed file: assembles its object, checks its SHA-256, and stores the rows of measurements.
 * Saves the state `stored` or `failed` at the end. After `unfinished`, the time was up, and the next run continues.
 */
export async function storeContent(
  work: Work,
  file: FileRecord,
  storeMeasurements: StoreMeasurements,
  deadline: number,
): Promise<'stored' | 'failed' | 'unfinished'> {
  try {
    await assembleObject(file)
    const { isChecked = false, rows } = progressRecord.parse(parseJsonOrUndefined(file.progress ?? '{}'))
    const isHashed = file.purpose === 'submission' || (file.sha256 !== undefined && !isChecked)
    if (isHashed) {
      const sha256 = await checkedDigest(work, file, deadline)
      if (sha256 === null) return 'unfinished'
      if (file.purpose === 'submission') return await contentStored(work, file, { sha256 })
      await saveWork(work, { set: toProgress(undefined), hasProgress: true, state: 'processing' })
    }
    return await storeRows(work, file, storeMeasurements, rows, deadline)
  } catch (error) {
    // The content is at fault: a repeat would fail too.
    if (error instanceof Problem && error.status < 500) return contentFailed(work, file, error)
    throw error
  }
}

/** The SHA-256 of the content, which is the declared one; null if the time is up. Throws a 4xx problem otherwise. */
async function checkedDigest(work: Work, file: FileRecord, deadline: number): Promise<string | null> {
  const renewLease = () => saveWork(work, { state: 'processing' })
  const content = await hashObject(objectKey(file), deadline, renewLease)
  if (content === null) return null
  if (content.size !== file.size) throw contentLost()
  if (file.sha256 !== undefined && content.sha256 !== file.sha256) throw digestDiffers()
  return content.sha256
}

const toProgress = (rows: object | undefined) => ({ progress: JSON.stringify({ isChecked: true, rows }) })

async function storeRows(
  work: Work,
  file: FileRecord,
  storeMeasurements: StoreMeasurements,
  progress: unknown,
  deadline: number,
): Promise<'stored' | 'failed' | 'unfinished'> {
  const { type, size, options = {}, client_id, participant_id, created_at, completed_at = created_at } = file
  const owner = { clientId: client_id, ...(participant_id !== undefined && { participant: participant_id }) }
  const outcome = await storeMeasurements(
    { fileId: fileIdOf(file), type, options, owner, receivedAt: completed_at, size },
    async (start, end) => buffer(await readObject(objectKey(file), start, end)),
    progress,
    (reached, shown) =>
      saveWork(work, { set: { ...toProgress(reached), ...shown }, hasProgress: true, state: 'processing' }),
    deadline,
  )
  if (outcome.state === 'unfinished') return 'unfinished'
  return outcome.state === 'failed'
    ? contentFailed(work, file, outcome.problem)
    : contentStored(work, file, outcome.result)
}

/** A stored file of a submission stays until it is submitted; the object of measurements is removed next. */
async function contentStored(work: Work, file: FileRecord, result: FileResult): Promise<'stored'> {
  const isDueLater = file.purpose === 'submission'
  await saveWork(work, {
    set: { state: 'stored', result },
    remove: ['progress'],
    hasProgress: true,
    state: 'processing',
    ...(isDueLater && { dueAt: unusedAt(file) }),
  })
  report(file, 'stored', result['saved-in-db'])
  return 'stored'
}

/** Saves why the content is not stored. The caller removes the object, at once or at `dueAt` (UNIX milliseconds). */
export async function contentFailed(work: Work, file: FileRecord, problem: Problem, dueAt?: number): Promise<'failed'> {
  const { code, issues } = problem
  const stored = { code, detail: problem.message, ...(issues.length > 0 && { errors: issues }) }
  await saveWork(work, {
    set: { state: 'failed', problem: stored },
    remove: ['progress', 'rows', 'bytes'],
    hasProgress: true,
    state: 'processing',
    ...(dueAt !== undefined && { dueAt }),
  })
  report(file, code)
  return 'failed'
}

function report(file: FileRecord, result: string, rows?: number): void {
  const { purpose, size } = file
  log('file_processed', { file: fileIdOf(file), purpose, result, bytes: size, ...(rows !== undefined && { rows }) })
  countMetric('FileProcessed', { purpose, result })
}
