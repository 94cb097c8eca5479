import type { AdminCaller, ClientCaller } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { findManifest, type Manifest } from './store.ts'
import { type StoredSubmission, submission } from './submission.ts'

export const submissionNotFound = () => new Problem('not_found', 'There is no such submission.')

/**
 * Finds a submission that the caller may read: as admin, or as its client. A token with a participant reads only that
 * participant's submissions. Throws `not_found` otherwise, so that ids of others are not revealed.
 */
export async function findSubmissionFor(caller: AdminCaller | ClientCaller, id: string): Promise<Manifest> {
  const manifest = await findManifest(id)
  if (!manifest || !(caller.kind === 'admin' || isOwnedBy(manifest, caller))) throw submissionNotFound()
  return manifest
}

const isOwnedBy = ({ client_id, participant_id }: Manifest, { clientId, participantId }: ClientCaller): boolean =>
  client_id === clientId && (participantId === undefined || participantId === participant_id)

/** The public members of a submission. */
export const toResponse = (stored: StoredSubmission) => submission.parse(stored)
