import { type AttemptLimit, recordAttempt, undoAttempt } from '../dynamodb/rate-limit.ts'
import { countMetric } from '../observability/metrics.ts'

const WINDOW_MS = 10 * 60_000
/** @limit Calls | wrong PINs of one user in ten minutes */
export const WRONG_PINS: AttemptLimit = { message: 'Too many wrong PINs', limit: 10, windowMs: WINDOW_MS }
/**
 * More calls than a person makes; all callers share 10,000 PINs.
 * @limit Calls | calls that one user starts in ten minutes
 */
export const CREATED_CALLS: AttemptLimit = { message: 'Too many calls', limit: 30, windowMs: WINDOW_MS }

/** Looks up a PIN for a user, who may be guessing. Throws `too_many_attempts` (429) after ten misses in ten minutes. */
export async function limitWrongPins<T>(user: string, now: number, lookUp: () => Promise<T | null>): Promise<T | null> {
  const { since, rejection } = await recordAttempt(user, WRONG_PINS, now)
  if (rejection) {
    countMetric('PinRefused', { cause: 'too_many_attempts' })
    throw rejection
  }
  // Failing to undo the attempt must not fail the request.
  const undo = () => undoAttempt(user, since).catch(() => undefined)
  const call = await lookUp().catch(async (error: unknown) => {
    await undo()
    throw error
  })
  if (call === null) countMetric('PinRefused', { cause: 'not_found' })
  else await undo()
  return call
}

/** Throws `too_many_attempts` (429) after 30 calls or failed attempts in ten minutes, since each reserves a PIN. */
export async function limitCreatedCalls(user: string, now: number): Promise<void> {
  const { rejection } = await recordAttempt(user, CREATED_CALLS, now)
  if (rejection) throw rejection
}
