import { Problem } from '../core/problem.ts'
import type { VisibleFile } from './file.ts'
import { completeFileItem, requireLaterState } from './store.ts'
import { missingParts, toRanges } from './transfer.ts'

export const partsMissing = (numbers: readonly number[]) =>
  new Problem(
    'parts_missing',
    `Send the missing parts, and complete the file again: ${toRanges(numbers)}. GET /files/{id} returns their URLs.`,
  )

/**
 * Completes a file whose parts are all in the bucket: from now on, it is processed. A repeat changes nothing. The work
 * assembles the object, so that no crash leaves one without work. Throws `parts_missing` and `not_found`.
 */
export async function completeFile(file: VisibleFile, now: number): Promise<VisibleFile> {
  if (file.state !== 'waiting') return file
  const missing = await missingParts(file)
  if (missing && missing.length > 0) throw partsMissing(missing.map(({ number }) => number))
  if (missing) return completeFileItem(file, now)
  return requireLaterState(file)
}
