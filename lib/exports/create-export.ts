import { hash } from 'node:crypto'
import type { DataOwner } from '../core/caller.ts'
import { newHexId } from '../core/identifiers.ts'
import { idempotencyKeyReused } from '../core/problem.ts'
import { requestInProgress } from '../jobs/run-once.ts'
import { exportKey, type VisibleExport } from './export.ts'
import { admitExport } from './in-progress.ts'
import type { ExportRequest } from './parameters.ts'
import { planExport } from './plan.ts'
import { createExportItem, findExport } from './store.ts'

/**
 * Creates an export of rows of an owner. A repeat with the same Idempotency-Key returns the same export. Throws
 * `idempotency_key_reused` for another request with the key, `event_in_progress` while its export is being removed, and
 * `too_many_attempts` while too many exports are in progress. Throws a `Problem` for parameters that do not fit the data.
 */
export async function createExport(
  owner: DataOwner,
  request: ExportRequest,
  key: string | null,
  now: number,
): Promise<VisibleExport> {
  const id = newHexId('export', owner, key)
  const digest = hash('sha256', JSON.stringify([request.format, Object.entries(request.texts).sort()]), 'base64url')
  const earlier = key === null ? null : await findExport(id)
  if (earlier) return requireSame(earlier, digest)
  const plan = await planExport(owner, request)
  await admitExport(owner, id, now)
  await createExportItem({
    id: exportKey(id),
    client_id: owner.clientId,
    participant_id: owner.participant,
    ...plan,
    request: digest,
    created_at: now,
  })
  // Also the item that an earlier attempt of this request or of the SDK has stored.
  return requireSame(await findExport(id), digest)
}

/** The export of a request. Without a record, the export that had the key before is being removed. */
function requireSame(record: VisibleExport | null, digest: string): VisibleExport {
  if (!record) throw requestInProgress()
  if (record.request !== digest) throw idempotencyKeyReused()
  return record
}
