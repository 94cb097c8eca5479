import type { FileRecord } from './file.ts'
import { saveWork, type Work } from './work-store.ts'

/** @limit Files | between the completion of a file and its submission */
const UNUSED_MS = 7 * 86_400_000

/** @limit Files | between the completion of measurements, or of a file that has failed, and the removal of its state */
export const STATUS_MS = 7 * 86_400_000

/** A stored submission: null if there is none with this id. */
export type FindSubmission = (
  id: string,
) => Promise<{ fileIds: readonly string[]; expiresAt?: number | undefined } | null>

/** When a stored file is removed, if no submission has it (UNIX milliseconds). */
export const unusedAt = ({ created_at, completed_at = created_at }: FileRecord): number => completed_at + UNUSED_MS

/**
 * Decides what happens to a stored file of a submission that is due. It stays while its submission exists. It is removed
 * when that was deleted or has expired, and when no submission had it for seven days. Returns whether it is to be removed.
 */
export async function settleStoredFile(
  work: Work,
  file: FileRecord,
  id: string,
  findSubmission: FindSubmission,
): Promise<boolean> {
  const { attached_to, submitted = false } = file
  const submission = attached_to === undefined ? null : await findSubmission(attached_to)
  if (submission?.fileIds.includes(id)) {
    // A submission that expires is looked for again a day later, when readers no longer see it.
    const dueAt = submission.expiresAt === undefined ? null : submission.expiresAt + 86_400_000
    await saveWork(work, { set: { submitted: true }, hasProgress: true, state: 'stored', dueAt })
    return false
  }
  if (!submitted && unusedAt(file) > Date.now()) {
    await saveWork(work, {
      hasProgress: true,
      remove: ['attached_to', 'attached_at'],
      state: 'stored',
      dueAt: unusedAt(file),
    })
    return false
  }
  await saveWork(work, { set: { state: 'removing' }, state: 'stored' })
  return true
}
