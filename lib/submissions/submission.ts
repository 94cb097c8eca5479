import { createHash } from 'node:crypto'
import * as z from 'zod/mini'

export const content = z.object({
  size: z.int().check(z.minimum(0)),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
})
export const submittedFile = z.object({ name: z.string(), type: z.string(), ...content.shape })

export const submissionId = z.string().check(z.regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits'))

/** A submission without its contents. */
export const submission = z.object({
  /** Made of everything below but the time and the trust, so that what is sent again is known again. */
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

/** What a submission brings: the document with the answers, and files. */
export interface Contents {
  responses?: Uint8Array
  files: readonly { name: string; type: string; content: Uint8Array }[]
}

const facts = (bytes: Uint8Array) => ({
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
})

/** Describes what a client has sent. */
export function describeSubmission(
  { responses, files }: Contents,
  {
    clientId,
    participantId,
    participantTrusted,
  }: { clientId: string; participantId?: string; participantTrusted?: boolean },
  receivedAt: number,
): Submission {
  const told = {
    ...(responses && { responses: facts(responses) }),
    files: files.map(({ name, type, content }) => ({ name, type, ...facts(content) })),
  }
  const identity = JSON.stringify([clientId, participantId ?? null, told.responses ?? null, told.files])
  return {
    id: createHash('sha256').update(identity).digest('hex').slice(0, 32),
    client_id: clientId,
    ...(participantId !== undefined && {
      participant_id: participantId,
      participant_trusted: participantTrusted ?? false,
    }),
    received_at: new Date(receivedAt).toISOString(),
    ...told,
  }
}

/** Its contents one after the other, as they are stored: the document first. */
export const concatenateContents = ({ responses, files }: Contents): Buffer =>
  Buffer.concat([...(responses ? [responses] : []), ...files.map(({ content }) => content)])

/** Where a part stands in the packed contents: `responses`, or a file by its number from 1; null when there is none. */
export function partPosition({ responses, files }: Submission, part: string): { start: number; size: number } | null {
  const document = responses?.size ?? 0
  if (part === 'responses') return responses ? { start: 0, size: document } : null
  if (!/^[1-9]\d{0,3}$/.test(part)) return null
  const number = Number(part)
  const wanted = files[number - 1]
  if (!wanted) return null
  const start = files.slice(0, number - 1).reduce((sum, { size }) => sum + size, document)
  return { start, size: wanted.size }
}
