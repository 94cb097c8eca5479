import { Range } from '@remix-run/headers/range'
import { invalidParameter } from '../http/input.ts'
import { SUBMISSION_LIMITS } from './limits.ts'

/** What is asked for of so many bytes, and what Content-Range says of it; null for all of them. */
interface Wanted {
  start: number
  size: number
  range: string | null
}

/**
 * Reads a Range header (RFC 9110 section 14.2). One that asks for several ranges, for none that is there, or cannot be
 * read, counts as absent, as the RFC allows. Files that were brought over from elsewhere may be larger than an answer:
 * of these, no more than fits into one can be asked for.
 */
export function parseRange(header: string | undefined, total: number): Wanted {
  const asked = Range.from(header ?? null)
  const isOne = asked.unit === 'bytes' && asked.ranges.length === 1 && asked.canSatisfy(total)
  const one = isOne ? asked.normalize(total).find(({ start, end }) => start <= end) : undefined
  const { start, end } = one ?? { start: 0, end: total - 1 }
  const size = end - start + 1
  const most = SUBMISSION_LIMITS.fileBytes
  if (size > most) {
    const detail = `must ask for at most ${most} of the ${total} bytes at once, as in bytes=0-${most - 1}`
    throw invalidParameter([{ field: 'Range', detail }])
  }
  return { start, size, range: one ? `bytes ${start}-${end}/${total}` : null }
}
