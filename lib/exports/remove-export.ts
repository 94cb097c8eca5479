import { inParallel } from '../core/concurrency.ts'
import { deleteObject } from '../files/bucket.ts'
import type { Work } from '../files/work-store.ts'
import { type ExportRecord, exportIdOf, objectsOf } from './export.ts'
import { deleteExportItem } from './store.ts'

const AT_ONCE = 10

/** Deletes the files of an export, then its item. */
export async function removeExport(work: Work, record: ExportRecord): Promise<void> {
  await inParallel(objectsOf(record), AT_ONCE, deleteObject)
  await deleteExportItem(exportIdOf(record), work.lease)
}
