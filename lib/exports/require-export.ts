import { type Caller, ownerOf } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import type { VisibleExport } from './export.ts'
import { findExport } from './store.ts'

export const exportNotFound = () => new Problem('not_found', 'There is no such export. It may have expired.')

/**
 * An export of rows that the caller may read: the admin reads all. Throws `not_found`, also for exports of others, so that
 * their ids are not revealed.
 */
export async function requireExport(id: string, caller: Caller & { clientId: string }): Promise<VisibleExport> {
  const record = await findExport(id)
  const { clientId, participant } = ownerOf(caller)
  const isReadable =
    caller.kind === 'admin' ||
    (record?.client_id === clientId && (participant === undefined || record.participant_id === participant))
  if (!record || !isReadable) throw exportNotFound()
  return record
}
