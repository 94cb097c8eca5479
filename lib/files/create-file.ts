import { hash } from 'node:crypto'
import type { DataOwner } from '../core/caller.ts'
import { newHexId } from '../core/identifiers.ts'
import { idempotencyKeyReused } from '../core/problem.ts'
import { type AttemptLimit, recordAttempt } from '../dynamodb/rate-limit.ts'
import { requestInProgress } from '../jobs/run-once.ts'
import { abortTransfer } from './bucket.ts'
import { fileKey, objectKey, type VisibleFile } from './file.ts'
import type { NewFileInput } from './new-file.ts'
import { createFileItem, findFile } from './store.ts'
import { startFileTransfer } from './transfer.ts'

/** @limit Files | new files of a client in an hour */
const MAX_NEW_FILES = 100
export const NEW_FILES: AttemptLimit = { limit: MAX_NEW_FILES, windowMs: 3_600_000, message: 'Too many new files' }

/**
 * Creates a file and starts its transfer. A repeat with the same Idempotency-Key returns the first file. `options` are the
 * upload options of measurements. Throws `idempotency_key_reused` for another request with the key, and
 * `too_many_attempts`.
 */
export async function createFile(
  owner: DataOwner,
  { input, options, key }: { input: NewFileInput; options: VisibleFile['options']; key: string | null },
  now: number,
): Promise<VisibleFile> {
  const id = newHexId('file', owner, key)
  const request = hash('sha256', JSON.stringify(input), 'base64url')
  const existing = key === null ? null : await findFirst(id, request)
  if (existing) return existing
  const { rejection } = await recordAttempt(`files#${hash('sha256', owner.clientId, 'base64url')}`, NEW_FILES, now)
  if (rejection) throw rejection
  const { purpose, name, type, size, sha256 } = input
  const described = { id: fileKey(id), purpose, type }
  const transfer = await startFileTransfer(described)
  const file: VisibleFile = {
    ...described,
    client_id: owner.clientId,
    ...(owner.participant !== undefined && { participant_id: owner.participant }),
    ...(name !== undefined && { name }),
    size,
    ...(sha256 !== undefined && { sha256 }),
    ...(options && { options }),
    request,
    transfer,
    state: 'waiting',
    created_at: now,
  }
  if (await createFileItem(file)) return file
  // The bucket ends the transfer after seven days otherwise.
  await abortTransfer(objectKey(file), transfer).catch(() => undefined)
  const first = await findFirst(id, request)
  if (!first) throw requestInProgress()
  return first
}

/** The file that an earlier request with the same key has created; null if there is none. */
async function findFirst(id: string, request: string): Promise<VisibleFile | null> {
  const file = await findFile(id)
  if (file && file.request !== request) throw idempotencyKeyReused()
  return file
}
