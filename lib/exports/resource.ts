import * as z from 'zod/mini'
import { fileProblem } from '../files/file.ts'
import { signDownload } from '../files/presign.ts'
import { EXPORT_MS, exportId, exportIdOf, filesOf, objectKey, type VisibleExport } from './export.ts'
import { EXPORT_FORMATS, type ExportFormat } from './parameters.ts'

/** @limit Exports | for which a link to a file is valid */
const LINK_MS = 3_600_000

const MEDIA_TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
} as const satisfies Record<ExportFormat, string>

/** The media type of the files of a format. */
export const mediaType = (format: ExportFormat): string => MEDIA_TYPES[format]

export const exportFile = z.object({ url: z.string(), size: z.int(), rows: z.int() })

/** An export as callers see it. */
export const exportResource = z.object({
  id: exportId,
  format: z.enum(EXPORT_FORMATS),
  state: z.enum(['waiting', 'processing', 'ready', 'failed']),
  /** Rows so far. */
  rows: z.int(),
  /** Empty until the export is ready. */
  files: z.array(exportFile),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  problem: z.optional(fileProblem),
})
export type ExportResource = z.output<typeof exportResource>

const toTime = (ms: number): string => new Date(ms).toISOString()

/** An export with links to its files, once it is ready. */
export async function toResource(record: VisibleExport): Promise<ExportResource> {
  const { format, state, created_at, problem } = record
  const files = state === 'ready' ? filesOf(record) : []
  const type = mediaType(format)
  return {
    id: exportIdOf(record),
    format,
    state,
    rows: record.written.reduce((sum, { rows }) => sum + rows, 0),
    files: await Promise.all(
      files.map(async ({ rows, size, run }, index) => {
        // Names of clients, sources and participants may be personal.
        const name = files.length === 1 ? `latchkey-data.${format}` : `latchkey-data-${index + 1}.${format}`
        const key = objectKey({ ...record, number: index + 1, run }, format)
        return { url: await signDownload(key, { name, type }, LINK_MS / 1_000), size, rows }
      }),
    ),
    created_at: toTime(created_at),
    expires_at: toTime(created_at + EXPORT_MS),
    ...(problem && { problem }),
  }
}

/** Seconds after which a caller may ask for the state of an unfinished export again. */
const RETRY_AFTER = '5'

/** Headers of a response with an export. */
export const resourceHeaders = ({ state }: ExportResource): Record<string, string> =>
  state === 'waiting' || state === 'processing' ? { 'retry-after': RETRY_AFTER } : {}
