import { setTimeout } from 'node:timers/promises'
import { isStorageFailure } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import type { DataOwner, PurgeItem } from '../dynamodb/purge-items.ts'
import { CALL_MS, CHUNK_BYTES, deleteSubmission, findManifest, removeContents } from './store.ts'
import { listSubmissions, listUnfinished, settleAttempt } from './store-list.ts'

const PAGE = 500
/** Together a little longer than a call may last. */
const TRIES = 15

/** Submissions of an owner, with the bytes of their contents. */
export async function* ownedSubmissions(
  { clientId, participant }: DataOwner,
  number = PAGE,
): AsyncGenerator<PurgeItem> {
  let after: string | undefined
  do {
    const { found, next } = await listSubmissions({
      clientId,
      participantId: participant,
      number,
      after,
      deadline: Infinity,
    })
    for (const { id, received_at, responses, files } of found) {
      const received = Date.parse(received_at)
      yield {
        kind: 'submissions',
        key: `submissions ${id}`,
        bytes: [responses, ...files].reduce((sum, part) => sum + (part?.size ?? 0), 0),
        first: received,
        last: received,
        remove: () => removeSubmission(id),
      }
    }
    after = next ?? undefined
  } while (after !== undefined)
}

/** One that is just being stored can only be removed a while later. */
async function removeSubmission(id: string, tries = TRIES): Promise<void> {
  const manifest = await findManifest(id)
  if (!manifest) return
  try {
    await deleteSubmission(manifest)
  } catch (error) {
    if (!isStorageFailure(error) || tries === 1) throw error
    await setTimeout(timeBudgets.unfinishedSubmissionMs)
    return removeSubmission(id, tries - 1)
  }
  await removeContents(manifest)
}

/** What was left of an owner's submissions that were cut off while they were stored or removed. */
export async function* ownedLeftovers({ clientId, participant }: DataOwner): AsyncGenerator<PurgeItem> {
  const now = Date.now()
  for await (const left of listUnfinished(now)) {
    const isOwned = left.client_id === clientId && (participant === undefined || left.participant_id === participant)
    if (!isOwned) continue
    yield {
      kind: 'unfinished submissions',
      key: `submissions ${left.id} ${left.attempt}`,
      bytes: left.chunks * CHUNK_BYTES,
      async remove() {
        // A younger one may still be under way, and names its contents at its end: it is there at the second look.
        if (left.list_order < new Date(now - CALL_MS).toISOString()) await settleAttempt(left)
      },
    }
  }
}
