import { unixSeconds } from '../dynamodb/client.ts'
import { log } from '../observability/log.ts'
import { abortTransfer, deleteObject } from './bucket.ts'
import { type FileRecord, fileIdOf, fileRecord, objectKey } from './file.ts'
import { deleteFileItem } from './store.ts'
import { contentFailed, processingFailed, type StoreMeasurements, storeContent } from './store-content.ts'
import { type FindSubmission, STATUS_MS, settleStoredFile } from './unused-files.ts'
import type { WorkKind } from './work.ts'
import { saveWork, type Work } from './work-store.ts'

/** When work that must end is tried again after too many failures. */
const PARKED_MS = 3_600_000

/** What other domains do with files. */
export interface FileDomains {
  storeMeasurements: StoreMeasurements
  findSubmission: FindSubmission
}

/**
 * The work of files: it stores the content of completed ones. It removes those that are never completed or submitted, and
 * those that their owner has deleted.
 */
export const fileWork = ({ storeMeasurements, findSubmission }: FileDomains): WorkKind => ({
  async run(work, deadline) {
    const file = fileRecord.parse(work.item)
    if (file.state === 'processing') {
      const outcome = await storeContent(work, file, storeMeasurements, deadline)
      if (outcome === 'unfinished') return 'unfinished'
      // The stored file of a submission waits for it.
      if (outcome === 'failed' || file.purpose === 'measurements') await removeContent(work, file)
    } else if (file.state === 'removing') await removeFile(work, file, 'deleted')
    else if (file.state === 'waiting') {
      await saveWork(work, { set: { state: 'removing' }, state: 'waiting' })
      await removeFile(work, file, 'not_completed')
    } else if (file.state === 'stored' && file.purpose === 'submission') {
      if (await settleStoredFile(work, file, fileIdOf(file), findSubmission))
        await removeFile(work, file, 'not_submitted')
    } else await removeContent(work, file)
    return 'finished'
  },
  async park(work) {
    const file = fileRecord.parse(work.item)
    if (file.state === 'processing') await contentFailed(work, file, processingFailed(), Date.now() + STATUS_MS)
    else await saveWork(work, { dueAt: Date.now() + PARKED_MS })
  },
})

/** Removes the object of a file, whose state stays readable for a week. */
async function removeContent(work: Work, file: FileRecord): Promise<void> {
  await deleteContent(file)
  const expires_at = unixSeconds(Date.now() + STATUS_MS)
  await saveWork(work, { set: { expires_at }, hasProgress: true, dueAt: null })
}

/** Removes the object of a file, then its item, so that no object is left without an item. */
async function removeFile(work: Work, file: FileRecord, reason: string): Promise<void> {
  await deleteContent(file)
  await deleteFileItem(fileIdOf(file), work.lease)
  log('file_removed', { file: fileIdOf(file), purpose: file.purpose, reason })
}

async function deleteContent(file: FileRecord): Promise<void> {
  await abortTransfer(objectKey(file), file.transfer)
  await deleteObject(objectKey(file))
}
