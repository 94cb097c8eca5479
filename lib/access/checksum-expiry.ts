import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { expirySchema } from '../core/expiry.ts'
import { Problem } from '../core/problem.ts'
import { invalidParameter, parseOrThrow } from '../http/input.ts'
import type { Request } from '../http/request.ts'

/** @limit Access | between a salted GET and its `expires`, if CHECKSUM_EXPIRY_REQUIRED is true */
const MAX_AHEAD_MS = 7 * 86_400_000

const parameters = z.object({ expires: z.optional(expirySchema) })

/**
 * Checks the parameter `expires` of a GET, which its checksum covers. Throws `credentials_invalid` after that time, and
 * `parameter_invalid`. The checksum of a POST covers only the body; repeating an upload stores nothing new.
 */
export async function checkExpiry({ method, query, receivedAt }: Request): Promise<void> {
  if (method === 'POST') return
  const { CHECKSUM_EXPIRY_REQUIRED } = await getSettings('CHECKSUM_EXPIRY_REQUIRED')
  const { expires } = parseOrThrow(parameters, { expires: query.get('expires') ?? undefined })
  if (expires === undefined) {
    if (CHECKSUM_EXPIRY_REQUIRED) throw expiryMissing()
    return
  }
  if (expires * 1_000 < receivedAt) throw checksumExpired()
  if (CHECKSUM_EXPIRY_REQUIRED && expires * 1_000 > receivedAt + MAX_AHEAD_MS) {
    throw invalidParameter([{ field: 'expires', detail: 'must be at most 7 days ahead' }])
  }
}

const expiryMissing = () =>
  new Problem('credentials_invalid', 'Sign the request with the parameter expires, in UNIX seconds.')
export const checksumExpired = () =>
  new Problem('credentials_invalid', 'The salted checksum has expired. Sign the request with a later expires.')
