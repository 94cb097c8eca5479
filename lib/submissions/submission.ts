import { hash } from 'node:crypto'
import * as z from 'zod/mini'
import { hexId } from '../core/identifiers.ts'

export const content = z.object({
  size: z.int().check(z.minimum(0)),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
})
export const submittedFile = z.object({ name: z.string(), type: z.string(), ...content.shape })

export const submissionId = hexId

/** A submission without its contents. */
export const submission = z.object({
  /** Digest of the sender and of the request, so that a repeat has the same id. */
  id: submissionId,
  client_id: z.string(),
  participant_id: z.optional(z.string()),
  /** Whether a confidential client named the participant. */
  participant_trusted: z.optional(z.boolean()),
  /** ISO 8601, UTC. */
  received_at: z.iso.datetime(),
  responses: z.optional(content),
  files: z.array(submittedFile),
})

export type Submission = z.output<typeof submission>

/** A submission as its manifest has it. A file with a `file_id` is in the bucket; the contents of others are in chunks. */
export const storedSubmission = z.extend(submission, {
  files: z.array(z.extend(submittedFile, { file_id: z.optional(hexId) })),
})
export type StoredSubmission = z.output<typeof storedSubmission>

/** Ids of the files of a submission that are in the bucket. */
export const bucketFileIds = ({ files }: StoredSubmission): string[] =>
  files.flatMap(({ file_id }) => (file_id === undefined ? [] : [file_id]))

/** The position of a submission in lists, which are ordered by time. */
export const listOrder = (receivedAt: string, id: string): string => `${receivedAt}#${id}`

/** A file that was sent in the form. */
export interface SentFile {
  name: string
  type: string
  content: Uint8Array
}

/** A file that is in the bucket. */
export interface BucketFile {
  id: string
  name: string
  type: string
  /** Bytes. */
  size: number
  /** Hexadecimal. */
  sha256: string
}

/** Contents of a submission: the document with the answers, and files. */
export interface Contents {
  responses?: Uint8Array
  files: readonly (SentFile | BucketFile)[]
}

/**
 * Distinguishes submissions of a sender with equal contents: the auth token (`jti`), or the time in an imported file
 * name (ISO 8601 with microseconds). An Idempotency-Key identifies a submission whatever it contains.
 */
export type Origin = { tokenId: string } | { key: string } | { importedAt: string }

const describeBytes = (bytes: Uint8Array) => ({
  size: bytes.length,
  sha256: hash('sha256', bytes, 'hex'),
})

const describeFile = (file: SentFile | BucketFile): StoredSubmission['files'][number] => {
  const { name, type } = file
  if ('content' in file) return { name, type, ...describeBytes(file.content) }
  return { name, type, size: file.size, sha256: file.sha256, file_id: file.id }
}

/**
 * Describes the contents that a client has sent. Equal contents are one submission only if their origin is the same. How
 * a file was sent makes no difference.
 */
export function describeSubmission(
  { responses, files }: Contents,
  {
    clientId,
    participantId,
    participantTrusted,
  }: { clientId: string; participantId?: string; participantTrusted?: boolean },
  origin: Origin,
  receivedAt: number,
): StoredSubmission {
  const parts = {
    ...(responses && { responses: describeBytes(responses) }),
    files: files.map(describeFile),
  }
  const content =
    'key' in origin
      ? null
      : [parts.responses ?? null, parts.files.map(({ name, type, size, sha256 }) => ({ name, type, size, sha256 }))]
  const identity = JSON.stringify([clientId, participantId ?? null, origin, content])
  return {
    id: hash('sha256', identity, 'hex').slice(0, 32),
    client_id: clientId,
    ...(participantId !== undefined && {
      participant_id: participantId,
      participant_trusted: participantTrusted ?? false,
    }),
    received_at: new Date(receivedAt).toISOString(),
    ...parts,
  }
}

/** Whether two submissions have the same parts. */
export const hasSameContents = (one: Submission, other: Submission): boolean =>
  JSON.stringify(contentsOf(one)) === JSON.stringify(contentsOf(other))

const contentsOf = ({ responses, files }: Submission) => [
  responses ? [responses.size, responses.sha256] : null,
  files.map(({ name, type, size, sha256 }) => [name, type, size, sha256]),
]

/** The contents that chunks store: the document, then the files that were sent in the form. */
export const concatenateContents = ({ responses, files }: Contents): Buffer =>
  Buffer.concat([
    ...(responses ? [responses] : []),
    ...files.flatMap((file) => ('content' in file ? [file.content] : [])),
  ])

/**
 * Position of a part in the chunks: `responses`, or a file number from 1. Null for an unknown part, and for a file in the
 * bucket.
 */
export function partPosition(
  { responses, files }: StoredSubmission,
  part: string,
): { start: number; size: number } | null {
  const documentSize = responses?.size ?? 0
  if (part === 'responses') return responses ? { start: 0, size: documentSize } : null
  if (!/^[1-9]\d{0,3}$/.test(part)) return null
  const number = Number(part)
  const file = files[number - 1]
  if (!file || file.file_id !== undefined) return null
  const before = files.slice(0, number - 1).filter(({ file_id }) => file_id === undefined)
  const start = before.reduce((sum, { size }) => sum + size, documentSize)
  return { start, size: file.size }
}
