import * as z from 'zod/mini'
import { fileIdOf, fileProblem, fileResult, objectKey, PURPOSES, VISIBLE_STATES, type VisibleFile } from './file.ts'
import { signParts } from './presign.ts'
import { requireLaterState, TRANSFER_MS } from './store.ts'
import { missingParts, PART_BYTES, type Part, partsOf } from './transfer.ts'
import { STATUS_MS, unusedAt } from './unused-files.ts'

/** @limit Files | parts for which one response has a URL */
const MAX_URLS = 100

/** @limit Files | between a response and the end of its URLs */
const URL_MS = 3_600_000

const count = z.int().check(z.minimum(0))

/** A file as its owner sees it. */
export const fileResource = z.object({
  id: z.string(),
  purpose: z.enum(PURPOSES),
  name: z.optional(z.string()),
  type: z.string(),
  size: count,
  state: z.enum(VISIBLE_STATES),
  part_bytes: count,
  parts: z.object({ total: count, received: count }),
  upload: z.optional(z.array(z.object({ number: count, start: count, size: count, url: z.string() }))),
  url_expires_at: z.optional(z.string()),
  created_at: z.string(),
  expires_at: z.optional(z.string()),
  progress: z.optional(z.object({ rows: count, bytes: count })),
  result: z.optional(fileResult),
  problem: z.optional(fileProblem),
})
export type FileResource = z.output<typeof fileResource>

const isoTime = (ms: number): string => new Date(ms).toISOString()

/** The response for a file. While parts are missing, it has URLs for the first of them. Throws `not_found` if its transfer has expired. */
export async function toResource(file: VisibleFile, now: number): Promise<FileResource> {
  const { purpose, name, type, size, state, created_at, rows, bytes, result, problem } = file
  const missing = state === 'waiting' ? await missingParts(file) : []
  if (!missing) return toResource(await requireLaterState(file), now)
  const total = partsOf(size).length
  const expiresAt = expiryOf(file)
  return {
    id: fileIdOf(file),
    purpose,
    ...(name !== undefined && { name }),
    type,
    size,
    state,
    part_bytes: PART_BYTES,
    parts: { total, received: total - missing.length },
    ...(missing.length > 0 && (await urlsOf(file, missing.slice(0, MAX_URLS), now))),
    created_at: isoTime(created_at),
    ...(expiresAt !== null && { expires_at: isoTime(expiresAt) }),
    ...(state === 'processing' && purpose === 'measurements' && { progress: { rows: rows ?? 0, bytes: bytes ?? 0 } }),
    ...(result && { result }),
    ...(problem && { problem }),
  }
}

async function urlsOf(file: VisibleFile, parts: readonly Part[], now: number) {
  const urls = await signParts(objectKey(file), file.transfer, parts, URL_MS / 1000)
  const upload = parts.map((part, index) => ({ ...part, url: urls[index] ?? '' }))
  return { upload, url_expires_at: isoTime(now + URL_MS) }
}

/** When the file is removed (UNIX milliseconds); null while it is processed, and as long as its submission exists. */
function expiryOf(file: VisibleFile): number | null {
  const { state, purpose, created_at, attached_to, expires_at, completed_at = created_at } = file
  if (state === 'waiting') return created_at + TRANSFER_MS
  if (state === 'processing' || attached_to !== undefined) return null
  if (expires_at !== undefined) return expires_at * 1000
  return purpose === 'submission' && state === 'stored' ? unusedAt(file) : completed_at + STATUS_MS
}
