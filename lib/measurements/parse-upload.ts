import { parseBody } from './parse-body.ts'
import { toTable } from './table.ts'
import type { UploadOptions } from './upload-options.ts'
import { Warnings } from './warnings.ts'

interface UploadSettings {
  ACCEPT_COLUMNS: RegExp
  TEXT_COLUMNS: readonly string[]
  /** The device that the header `X-Sensor` names. */
  sensor?: string | undefined
}

/** Parses the body of an upload into a table, with warnings. Rejects with a `Problem`. */
export async function parseUpload(
  contentType: string | undefined,
  body: Uint8Array,
  options: UploadOptions,
  { ACCEPT_COLUMNS, TEXT_COLUMNS, sensor }: UploadSettings,
) {
  const warnings = new Warnings()
  const raw = parseBody(contentType, body, warnings, { ...options, textColumns: TEXT_COLUMNS, sensor })
  return { options, table: toTable(raw, ACCEPT_COLUMNS, warnings, TEXT_COLUMNS), warnings }
}
