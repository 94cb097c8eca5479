import * as z from 'zod/mini'
import { hexId } from '../core/identifiers.ts'
import { fileProblem } from '../files/file.ts'
import { EXPORT_FORMATS } from './parameters.ts'

/** `removing` is not visible to callers: its files are being deleted. */
const STATES = ['waiting', 'processing', 'ready', 'failed', 'removing'] as const

export const exportId = hexId

/** @limit Exports | between the creation of an export and the removal of its files */
export const EXPORT_MS = 86_400_000

/** An object in the bucket. */
const writtenFile = z.object({
  rows: z.int(),
  /** Bytes. */
  size: z.int(),
  /** The run that has written it. */
  run: z.int(),
})
export type WrittenFile = z.output<typeof writtenFile>

const cellCounts = z.object({ number: z.int(), string: z.int(), boolean: z.int(), integers: z.boolean() })

/** The item `export#<id>` of the table of sessions. Times are UNIX milliseconds. */
export const exportRecord = z.object({
  /** The key of the item. */
  id: z.string(),
  /** The owner of the rows. */
  client_id: z.string(),
  participant_id: z.optional(z.string()),
  format: z.enum(EXPORT_FORMATS),
  query: z.record(z.string(), z.string()),
  columns: z.array(z.string()),
  time_columns: z.array(z.string()),
  /** Digest of the request, which every request with its Idempotency-Key must have. */
  request: z.string(),
  state: z.enum(STATES),
  created_at: z.number(),
  /** Runs that may have written files. */
  runs: z._default(z.int(), 0),
  /** Files with all rows before `cursor`: what the caller gets, or for Parquet the rows that become its files. */
  written: z._default(z.array(writtenFile), []),
  /** The position to resume at; absent before the first file. */
  cursor: z.optional(z.string()),
  /** Whether `written` has all rows. */
  complete: z._default(z.boolean(), false),
  /** Of Parquet: the cells of each column by kind, and the files. */
  counts: z.optional(z.array(cellCounts)),
  converted: z._default(z.array(writtenFile), []),
  problem: z.optional(fileProblem),
})
export type ExportRecord = z.output<typeof exportRecord>

/** An export that its owner sees. */
export type VisibleExport = ExportRecord & { state: Exclude<ExportRecord['state'], 'removing'> }

const PREFIX = 'export#'
export const exportKey = (id: string): string => `${PREFIX}${id}`
/** The id that callers see. */
export const exportIdOf = ({ id }: Pick<ExportRecord, 'id'>): string => id.slice(PREFIX.length)

/** The files that the caller gets. */
export const filesOf = ({ format, written, converted }: ExportRecord): readonly WrittenFile[] =>
  format === 'parquet' ? converted : written

/** Whether an export is removed at a time. */
export const hasEnded = ({ created_at }: Pick<ExportRecord, 'created_at'>, now: number): boolean =>
  created_at + EXPORT_MS <= now

/** Whether files of an export are still to be written. Others are only due when they are to be removed. */
export const isInProgress = (record: Pick<ExportRecord, 'state' | 'created_at'>, now: number): boolean =>
  (record.state === 'waiting' || record.state === 'processing') && !hasEnded(record, now)

type ObjectName = Pick<ExportRecord, 'id'> & { number: number; run: number }

/** The key of the object with a file, whose number starts at 1. Two runs never write the same object. */
export const objectKey = ({ id, number, run }: ObjectName, extension: string): string =>
  `exports/${id.slice(PREFIX.length)}/${number}-${run}.${extension}`

/** The extension of the objects in `written`. */
export const writtenExtension = ({ format }: Pick<ExportRecord, 'format'>): string =>
  format === 'parquet' ? 'rows' : format

/** The keys of all objects that an export may have, also those of runs that ended before they saved their file. */
export function objectsOf(record: ExportRecord): string[] {
  const keysOf = (files: readonly WrittenFile[], extension: string): string[] =>
    [...files, undefined].flatMap((file, index) => {
      const first = Math.max(files[index - 1]?.run ?? 1, 1)
      const last = file?.run ?? record.runs
      const runs = Array.from({ length: Math.max(last - first + 1, 0) }, (_, offset) => first + offset)
      return runs.map((run) => objectKey({ ...record, number: index + 1, run }, extension))
    })
  return [
    ...keysOf(record.written, writtenExtension(record)),
    ...(record.format === 'parquet' ? keysOf(record.converted, 'parquet') : []),
  ]
}
