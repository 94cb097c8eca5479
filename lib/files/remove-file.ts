import { Problem } from '../core/problem.ts'
import { fileInUse } from './attachments.ts'
import { fileIdOf, type VisibleFile } from './file.ts'
import { fileNotFound, findFile, markForRemoval } from './store.ts'

export const fileProcessing = () =>
  new Problem('file_not_ready', 'The file is being processed. Delete it when it is stored or has failed.', {
    headers: { 'retry-after': '30' },
  })

/**
 * Removes a file of the caller. Throws `file_not_ready` while it is processed, `file_in_use` if a submission has it, and
 * `not_found` if it was removed meanwhile.
 */
export async function removeOwnFile(file: VisibleFile, now: number): Promise<void> {
  const id = fileIdOf(file)
  if (await markForRemoval(id, now)) return
  const current = await findFile(id)
  if (!current) throw fileNotFound()
  throw current.state === 'processing' ? fileProcessing() : fileInUse()
}
