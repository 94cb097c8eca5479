import { countAttempt, forgiveAttempt, tooMany } from '../dynamodb/attempts.ts'
import { count } from '../observability/metrics.ts'

const WINDOW_MS = 10 * 60_000
const MISSES = 10
/** More calls than anybody makes in ten minutes; 10,000 PINs are there for all. */
const CALLS = 30

/** Looks something up for a caller who may be guessing: after ten misses in ten minutes nothing is looked up any more. */
export async function limitMisses<T>(name: string, now: number, look: () => Promise<T | null>): Promise<T | null> {
  const counted = await countAttempt(name, now, WINDOW_MS, MISSES)
  if (counted.attempts > MISSES) {
    count('PinRefused', { cause: 'too_many_attempts' })
    throw tooMany('Too many wrong PINs', counted, now)
  }
  // What was found is not withheld because a counter could not be turned back.
  const forgive = () => forgiveAttempt(name, counted.since).catch(() => undefined)
  const found = await look().catch(async (error: unknown) => {
    await forgive()
    throw error
  })
  if (found === null) count('PinRefused', { cause: 'not_found' })
  else await forgive()
  return found
}

/** Lets a caller go on who has not created too many calls, or tried to: each takes a PIN, or tells whether somebody exists. */
export async function limitCalls(name: string, now: number): Promise<void> {
  const counted = await countAttempt(name, now, WINDOW_MS, CALLS)
  if (counted.attempts > CALLS) throw tooMany('Too many calls', counted, now)
}
