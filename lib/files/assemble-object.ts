import { Problem, storageUnavailable } from '../core/problem.ts'
import { completeTransfer, objectSize, type ReceivedPart, receivedParts } from './bucket.ts'
import { type FileRecord, objectKey } from './file.ts'

export const contentLost = () =>
  new Problem('parts_missing', 'The content of the file was lost before it was processed. Create a new file.')

/** S3 may still assemble an object after its response was lost. Until then, it has neither the parts nor the object. */
const ASSEMBLY_MS = 3_600_000

/**
 * Makes the object of its parts, unless an earlier run has. Throws `storage_unavailable` while S3 may still make it, and
 * a 4xx problem if the content is lost.
 */
export async function assembleObject(file: FileRecord): Promise<void> {
  const key = objectKey(file)
  if ((await objectSize(key)) === file.size) return
  const parts = await receivedParts(key, file.transfer)
  const received = parts?.reduce((sum, { size }) => sum + size, 0)
  if (parts && received === file.size && (await isCompleted(file, parts))) return
  const { created_at, completed_at = created_at } = file
  throw Date.now() < completed_at + ASSEMBLY_MS ? storageUnavailable() : contentLost()
}

/** False if the transfer has ended, and there is no object. */
async function isCompleted(file: FileRecord, parts: readonly ReceivedPart[]): Promise<boolean> {
  try {
    await completeTransfer(objectKey(file), file.transfer, parts)
    return true
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return false
    throw error
  }
}
