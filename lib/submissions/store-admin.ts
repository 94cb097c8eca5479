import { setTimeout } from 'node:timers/promises'
import type { DataOwner } from '../core/caller.ts'
import { isStorageFailure } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import type { PurgeItem } from '../dynamodb/purge-items.ts'
import { CALL_MS } from './attempts.ts'
import { CHUNK_BYTES } from './limits.ts'
import { deleteSubmission, findStoredManifest, removeContents } from './store.ts'
import { listSubmissions, listUnfinished, settleAttempt } from './store-list.ts'
import type { StoredSubmission } from './submission.ts'

const isInChunks = ({ file_id }: StoredSubmission['files'][number]): boolean => file_id === undefined

const PAGE_SIZE = 500
/** Together slightly longer than a call may last. */
const MAX_ATTEMPTS = 15

/** Submissions of an owner, with the bytes of their contents. */
export async function* ownedSubmissions(
  { clientId, participant }: DataOwner,
  number = PAGE_SIZE,
): AsyncGenerator<PurgeItem> {
  let after: string | undefined
  do {
    const { submissions, next } = await listSubmissions({
      clientId,
      participantId: participant,
      number,
      after,
      deadline: Infinity,
      withExpired: true,
    })
    for (const { id, received_at, responses, files } of submissions) {
      const received = Date.parse(received_at)
      yield {
        kind: 'submissions',
        key: `submissions ${id}`,
        bytes: [responses, ...files.filter(isInChunks)].reduce((sum, part) => sum + (part?.size ?? 0), 0),
        first: received,
        last: received,
        remove: () => removeSubmission(id),
      }
    }
    after = next ?? undefined
  } while (after !== undefined)
}

/** Retries, because a submission that is being stored cannot be removed yet. */
async function removeSubmission(id: string, attempts = MAX_ATTEMPTS): Promise<void> {
  const manifest = await findStoredManifest(id)
  if (!manifest) return
  try {
    // Its files in the bucket have items of their own, which a purge removes first.
    await deleteSubmission(manifest, async () => undefined)
  } catch (error) {
    if (!isStorageFailure(error) || attempts === 1) throw error
    await setTimeout(timeBudgets.unfinishedSubmissionMs)
    return removeSubmission(id, attempts - 1)
  }
  await removeContents(manifest)
}

/** Remains of an owner's submissions whose storing or removal was interrupted. */
export async function* ownedUnfinishedSubmissions({ clientId, participant }: DataOwner): AsyncGenerator<PurgeItem> {
  const now = Date.now()
  for await (const attempt of listUnfinished(now)) {
    const isOwned =
      attempt.client_id === clientId && (participant === undefined || attempt.participant_id === participant)
    if (!isOwned) continue
    yield {
      kind: 'unfinished submissions',
      key: `submissions ${attempt.id} ${attempt.attempt}`,
      bytes: attempt.chunks * CHUNK_BYTES,
      async remove() {
        // A newer attempt may still complete; a repeated purge then removes it.
        if (attempt.list_order < new Date(now - CALL_MS).toISOString()) await settleAttempt(attempt)
      },
    }
  }
}
