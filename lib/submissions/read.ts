import * as z from 'zod'
import type { Caller } from '../access/access.ts'
import { Problem } from '../problem.ts'
import { findManifest, type Manifest } from '../store/submissions.ts'
import { submission } from './submission.ts'

export const submissionId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits')

export const noSuchSubmission = () => new Problem('not_found', 'There is no such submission.')

/** A submission for who may read it. That another client has one of this id is nobody else's business. */
export async function submissionFor({ kind, clientId }: Caller, id: string): Promise<Manifest> {
  const manifest = await findManifest(id)
  if (!manifest || (kind !== 'admin' && manifest.client_id !== clientId)) throw noSuchSubmission()
  return manifest
}

/** As callers see it: how it is stored is left out. */
export const shown = (manifest: Manifest) => submission.parse(manifest)
