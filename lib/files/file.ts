import * as z from 'zod/mini'
import type { DataOwner } from '../core/caller.ts'
import { hexId } from '../core/identifiers.ts'

/** What a file is for: rows of measurements, or a part of a submission. */
export const PURPOSES = ['measurements', 'submission'] as const
export type Purpose = (typeof PURPOSES)[number]

/** States that callers see. */
export const VISIBLE_STATES = ['waiting', 'processing', 'stored', 'failed'] as const

export const fileId = hexId

const position = z.optional(z.int())

/** An error at one place of the file, as in a problem. */
export const fileIssue = z.object({
  field: z.optional(z.string()),
  row: position,
  line: position,
  column: position,
  byte: position,
  detail: z.string(),
})

/** Why a file has failed: members of a problem (RFC 9457). */
export const fileProblem = z.object({ code: z.string(), detail: z.string(), errors: z.optional(z.array(fileIssue)) })
export type FileProblem = z.output<typeof fileProblem>

/** What is known of stored content: the number of rows with warnings, or the SHA-256 (hexadecimal) of a submission's file. */
export const fileResult = z.object({
  'saved-in-db': z.optional(z.int()),
  warnings: z.optional(z.array(z.string())),
  sha256: z.optional(z.string()),
})
export type FileResult = z.output<typeof fileResult>

/** The item `file#<id>` of the table of sessions. Times are UNIX milliseconds. */
export const fileRecord = z.object({
  /** The key of the item. */
  id: z.string(),
  client_id: z.string(),
  participant_id: z.optional(z.string()),
  purpose: z.enum(PURPOSES),
  /** Absent if the sender gave none. It may name a person. */
  name: z.optional(z.string()),
  type: z.string(),
  /** Bytes. */
  size: z.int(),
  /** As the sender declared it, in hexadecimal. */
  sha256: z.optional(z.string()),
  /** Upload options of measurements, with those of the client. */
  options: z.optional(z.record(z.string(), z.string())),
  /** Digest of the request that created the file, which every request with its Idempotency-Key must have. */
  request: z.string(),
  /** UploadId of the transfer to the bucket. */
  transfer: z.string(),
  /** `removing`: its object is being deleted, and callers no longer see it. */
  state: z.enum([...VISIBLE_STATES, 'removing']),
  created_at: z.number(),
  /** When the sender completed the transfer: the time of receipt. */
  completed_at: z.optional(z.number()),
  /** When the work of the file is due, or its lease ends. Absent if nothing is left to do. */
  due_at: z.optional(z.number()),
  /** JSON of the work so far. */
  progress: z.optional(z.string()),
  /** Rows and bytes that are stored. */
  rows: z.optional(z.number()),
  bytes: z.optional(z.number()),
  result: z.optional(fileResult),
  problem: z.optional(fileProblem),
  /** The submission that the file belongs to, since when, and whether that submission was seen. */
  attached_to: z.optional(z.string()),
  attached_at: z.optional(z.number()),
  submitted: z.optional(z.boolean()),
  /** UNIX seconds. Set only when the file has no longer an object. */
  expires_at: z.optional(z.number()),
})
export type FileRecord = z.output<typeof fileRecord>

/** A file that callers see. */
export type VisibleFile = FileRecord & { state: (typeof VISIBLE_STATES)[number] }

const PREFIX = 'file#'
export const fileKey = (id: string): string => `${PREFIX}${id}`
/** The id that callers see. */
export const fileIdOf = ({ id }: Pick<FileRecord, 'id'>): string => id.slice(PREFIX.length)

/** The key of the object of a file that a submission has, by the id of the file. */
export const objectKeyOfSubmission = (id: string): string => `submissions/${id}`

/** The key of the object in the bucket. */
export const objectKey = (file: Pick<FileRecord, 'id' | 'purpose'>): string =>
  file.purpose === 'measurements' ? `measurements/${fileIdOf(file)}` : objectKeyOfSubmission(fileIdOf(file))

/** Whether a file belongs to the client and the participant of the caller. A client without a participant owns only its own. */
export const isOwnedBy = (
  { client_id, participant_id }: Pick<FileRecord, 'client_id' | 'participant_id'>,
  { clientId, participant }: DataOwner,
): boolean => client_id === clientId && participant_id === participant
