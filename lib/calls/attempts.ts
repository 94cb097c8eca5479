import { type Attempts, recordAttempt, tooManyAttempts, undoAttempt } from '../dynamodb/attempts.ts'
import { countMetric } from '../observability/metrics.ts'

const WINDOW_MS = 10 * 60_000
const MISSES = 10
/** More calls than anybody makes in ten minutes; 10,000 PINs are there for all. */
const CALLS = 30

export const tooManyWrongPins = (window: Attempts, now: number) => tooManyAttempts('Too many wrong PINs', window, now)
export const tooManyCalls = (window: Attempts, now: number) => tooManyAttempts('Too many calls', window, now)

/** Looks something up for a caller who may be guessing: after ten misses in ten minutes nothing is looked up any more. */
export async function limitWrongPins<T>(name: string, now: number, look: () => Promise<T | null>): Promise<T | null> {
  const counted = await recordAttempt(name, now, WINDOW_MS, MISSES)
  if (counted.attempts > MISSES) {
    countMetric('PinRefused', { cause: 'too_many_attempts' })
    throw tooManyWrongPins(counted, now)
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
  if (counted.attempts > CALLS) throw tooManyCalls(counted, now)
}
