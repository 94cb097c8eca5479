import * as z from 'zod/mini'
import type { Caller } from '../access/caller.ts'
import { Problem } from '../core/problem.ts'
import { findManifest, type Manifest } from './store.ts'
import { submission } from './submission.ts'

export const submissionId = z.string().check(z.regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits'))

export const submissionNotFound = () => new Problem('not_found', 'There is no such submission.')

/**
 * A submission for who may read it: the admin, its client, and of the tokens that name a participant those of its own.
 * That somebody else has one of this id is nobody's business.
 */
export async function findSubmissionFor({ kind, clientId, participantId }: Caller, id: string): Promise<Manifest> {
  const manifest = await findManifest(id)
  const isOwn = manifest?.client_id === clientId && [undefined, manifest.participant_id].includes(participantId)
  if (!manifest || (kind !== 'admin' && !isOwn)) throw submissionNotFound()
  return manifest
}

/** As callers see it: how it is stored is left out. */
export const toResponse = (manifest: Manifest) => submission.parse(manifest)
