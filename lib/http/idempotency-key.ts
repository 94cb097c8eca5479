import { invalidParameter } from './input.ts'
import type { Request } from './request.ts'

/** @limit Requests | characters of an `Idempotency-Key` */
const LONGEST = 255

/** The Idempotency-Key header (IETF draft of that name), with or without the quotes of a structured field. */
export function idempotencyKey({ headers }: Request): string | null {
  const sent = headers['idempotency-key']?.trim()
  if (sent === undefined) return null
  const key = /^"(.*)"$/.exec(sent)?.[1] ?? sent
  if (key.length >= 1 && key.length <= LONGEST) return key
  throw invalidParameter([{ field: 'Idempotency-Key', detail: `must have 1 to ${LONGEST} characters` }])
}
