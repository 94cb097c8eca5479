import { invalidParameter } from './input.ts'
import type { Request } from './request.ts'

/** @limit Requests | characters of an `Idempotency-Key` */
const MAX_CHARACTERS = 255

/**
 * Returns the Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header) without the quotes of a structured
 * field, or null. Throws `parameter_invalid`.
 */
export function parseIdempotencyKey({ headers }: Request): string | null {
  const header = headers['idempotency-key']?.trim()
  if (header === undefined) return null
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header
  if (key.length >= 1 && key.length <= MAX_CHARACTERS) return key
  throw invalidParameter([{ field: 'Idempotency-Key', detail: `must have 1 to ${MAX_CHARACTERS} characters` }])
}
