import type { AdminCaller, ClientCaller } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { findManifest, type Manifest } from './store.ts'
import { submission } from './submission.ts'

export const submissionNotFound = () => new Problem('not_found', 'There is no such submission.')

/**
 * A submission for who may read it: the admin, its client, and of the tokens that name a participant those of its own.
 * That somebody else has one of this id is nobody's business.
 */
export async function findSubmissionFor(caller: AdminCaller | ClientCaller, id: string): Promise<Manifest> {
  const manifest = await findManifest(id)
  if (!manifest || !(caller.kind === 'admin' || isOwn(manifest, caller))) throw submissionNotFound()
  return manifest
}

const isOwn = ({ client_id, participant_id }: Manifest, { clientId, participantId }: ClientCaller): boolean =>
  client_id === clientId && (participantId === undefined || participantId === participant_id)

/** As callers see it: how it is stored is left out. */
export const toResponse = (manifest: Manifest) => submission.parse(manifest)
