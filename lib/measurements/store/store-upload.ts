import { type Caller, ownerOf } from '../../core/caller.ts'
import type { Request } from '../../http/request.ts'
import { type Block, toBlocks, withReceiptTime } from '../blocks.ts'
import { previewUpload } from '../preview.ts'
import type { DataTable } from '../table.ts'
import type { TimeOptions } from '../time-options.ts'
import type { Warnings } from '../warnings.ts'
import { storeBlocks } from './blocks.ts'
import { saveFirstReceipt } from './idempotency.ts'
import { countWarnings, saveSeriesNotes } from './series-notes.ts'

interface Upload {
  /** The bytes by which a retry with the same key is recognised. */
  body: Uint8Array
  table: DataTable
  warnings: Warnings
  /** The Idempotency-Key. */
  key: string | null
  timeColumns: readonly string[]
  options: TimeOptions & { dry_run?: boolean; strict?: boolean | undefined }
}

/**
 * Stores the rows of an upload, all or none, and returns the response of `POST /upload`. Throws a `Problem` for invalid
 * rows, for warnings with `strict`, and if the database does not respond; a retry is then safe.
 */
export async function storeUpload(
  request: Request,
  caller: Caller & { clientId: string },
  { body, table, warnings, key, timeColumns, options }: Upload,
  attributesOf: (block: Block) => Readonly<Record<string, { S: string }>>,
) {
  const owner = ownerOf(caller)
  const context = {
    timeColumns,
    timeOptions: options,
    participant: owner.participant,
    receivedAt: request.receivedAt,
    uploadId: key === null ? `request ${request.id}` : `key ${key}`,
  }
  const blocks = toBlocks(table, context, warnings)
  const report = warnings.report(options.strict ?? false)
  if (options.dry_run) return { 'saved-in-db': 0, ...report, dry_run: previewUpload(table, blocks) }
  // Rows without times are identified by their upload, so only the key identifies a retry.
  const hasUntimedRows = blocks.some(({ timeColumn }) => timeColumn === null)
  const receivedAt =
    hasUntimedRows && key !== null ? await saveFirstReceipt(owner, key, body, request.receivedAt) : request.receivedAt
  const receipt = {
    receivedAt,
    matchedChecksums: 'matchedChecksums' in caller ? caller.matchedChecksums : [],
    failedChecksums: 'failedChecksums' in caller ? caller.failedChecksums : [],
  }
  await storeBlocks(owner, withReceiptTime(blocks, receivedAt), receipt, {
    nameless: key === null,
    deadline: request.deadline,
    attributesOf,
  })
  countWarnings(warnings.list())
  await saveSeriesNotes(owner, blocks, { warnings: warnings.list(), units: table.units, receivedAt })
  return { 'saved-in-db': table.rows, ...report }
}
