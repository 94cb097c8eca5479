import { hash } from 'node:crypto'
import * as z from 'zod/mini'
import { idempotencyKeyReused } from '../core/problem.ts'
import { runOnce } from './run-once.ts'

/** @limit Requests | between a request that creates something and its last retry with the same `Idempotency-Key` */
const EXPIRY_MS = 86_400_000

const record = z.object({ request: z.string(), result: z.unknown() })

export interface IdempotentRequest<T> {
  /** The Idempotency-Key, or null without one. */
  key: string | null
  /** Operation and caller: the same key of another caller is another key. */
  scope: readonly string[]
  /** The parsed input, which every request with the key must have. */
  input: unknown
  /** Schema of the result, which is stored encrypted. */
  result: z.core.$ZodType<T>
  /** UNIX milliseconds. */
  deadline: number
  /** Milliseconds for which the result is valid, if that is less than the lifetime of a key. */
  validMs?: number
}

/**
 * Runs an operation once per Idempotency-Key and returns its result to every request with the key; without a key it
 * always runs. A failure is not stored. Throws `idempotency_key_reused` (422) if the first request was different, and
 * `event_in_progress` (503) while another request with the key runs.
 */
export async function runIdempotent<T>(
  { key, scope, input, result: schema, deadline, validMs = EXPIRY_MS }: IdempotentRequest<T>,
  operation: () => Promise<T>,
): Promise<T> {
  if (key === null) return operation()
  const digest = hash('sha256', JSON.stringify(input), 'base64url')
  const id = `key#${hash('sha256', JSON.stringify([...scope, key]), 'base64url')}`
  const stored = await runOnce(id, Math.min(validMs, EXPIRY_MS), deadline, async () =>
    JSON.stringify({ request: digest, result: await operation() }),
  )
  const { request: first, result } = record.parse(JSON.parse(stored))
  if (first !== digest) throw idempotencyKeyReused()
  return z.parse(schema, result)
}
