import { Range } from '@remix-run/headers/range'
import { invalidParameter } from '../http/input.ts'
import { SUBMISSION_LIMITS } from './limits.ts'

interface ByteRange {
  start: number
  size: number
  /** Value of Content-Range; null for all bytes. */
  range: string | null
}

/**
 * Parses a Range header (RFC 9110 section 14.2). As the RFC allows, it ignores a header with several ranges, an
 * unsatisfiable one, or an invalid one. Imported files may be larger than a response; throws a `Problem` if a request
 * needs more than one response.
 */
export function parseRange(header: string | undefined, total: number): ByteRange {
  const parsed = Range.from(header ?? null)
  const isSingle = parsed.unit === 'bytes' && parsed.ranges.length === 1 && parsed.canSatisfy(total)
  const interval = isSingle ? parsed.normalize(total).find(({ start, end }) => start <= end) : undefined
  const { start, end } = interval ?? { start: 0, end: total - 1 }
  const size = end - start + 1
  const maxBytes = SUBMISSION_LIMITS.fileBytes
  if (size > maxBytes) {
    const detail = `must request at most ${maxBytes} of the ${total} bytes at once, as in bytes=0-${maxBytes - 1}`
    throw invalidParameter([{ field: 'Range', detail }])
  }
  return { start, size, range: interval ? `bytes ${start}-${end}/${total}` : null }
}
