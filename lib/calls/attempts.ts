import { recordAttempt, tooManyAttempts, undoAttempt } from '../dynamodb/attempts.ts'
import { countMetric } from '../observability/metrics.ts'

const WINDOW_MS = 10 * 60_000
/** @limit Calls | wrong PINs of one user in ten minutes */
const MISSES = 10
/**
 * All callers share 10,000 PINs.
 * @limit Calls | calls that one user starts in ten minutes
 */
const CALLS = 30

/** Looks something up for a caller who may be guessing: after ten misses in ten minutes nothing is looked up any more. */
export async function limitWrongPins<T>(name: string, now: number, look: () => Promise<T | null>): Promise<T | null> {
  const counted = await recordAttempt(name, now, WINDOW_MS, MISSES)
  if (counted.attempts > MISSES) {
    countMetric('PinRefused', { cause: 'too_many_attempts' })
    throw tooManyAttempts('Too many wrong PINs', counted, now)
  }
  // What was found is not withheld because a counter could not be turned back.
  const forgive = () => undoAttempt(name, counted.since).catch(() => undefined)
  const found = await look().catch(async (error: unknown) => {
    await forgive()
    throw error
  })
  if (found === null) countMetric('PinRefused', { cause: 'not_found' })
  else await forgive()
  return found
}

/** Lets a caller go on who has not created too many calls, or tried to: each takes a PIN, or tells whether somebody exists. */
export async function limitCreatedCalls(name: string, now: number): Promise<void> {
  const counted = await recordAttempt(name, now, WINDOW_MS, CALLS)
  if (counted.attempts > CALLS) throw tooManyAttempts('Too many calls', counted, now)
}
