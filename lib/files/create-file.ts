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

/**
 * Everyone can be a public client: one caller must not use up the files of the others.
 *
 * @limit Files | new files of a client from one IP address in an hour
 */
const MAX_NEW_FILES = 100
export const NEW_FILES: AttemptLimit = { limit: MAX_NEW_FILES, windowMs: 3_600_000, message: 'Too many new files' }

interface FileRequest {
  input: NewFileInput
  /** Upload options of measurements. */
  options: VisibleFile['options']
  key: string | null
  /** IP address of the caller. */
  address: string
}

/**
 * Creates a file and starts its transfer. A repeat with the same Idempotency-Key returns the first file. Throws
 * `idempotency_key_reused` for another request with the key, and `too_many_attempts`.
 */
export async function createFile(
  owner: DataOwner,
  { input, options, key, address }: FileRequest,
  now: number,
): Promise<VisibleFile> {
  const id = newHexId('file', owner, key)
  const request = hash('sha256', JSON.stringify(input), 'base64url')
  const existing = key === null ? null : await findFirst(id, request)
  if (existing) return existing
  const caller = hash('sha256', JSON.stringify([owner.clientId, address]), 'base64url')
  const { rejection } = await recordAttempt(`files#${caller}`, NEW_FILES, now)
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
