import { count } from '../metrics.ts'
import { Problem } from '../problem.ts'
import { countAttempt, forgiveAttempt } from '../store/attempts.ts'

const MISSES = 10
const WINDOW_MS = 10 * 60_000

/** Looks something up for a caller who may be guessing: after ten misses in ten minutes nothing is looked up any more. */
export async function limitAttempts<T>(name: string, now: number, look: () => Promise<T | null>): Promise<T | null> {
  const { attempts, until } = await countAttempt(name, now, WINDOW_MS)
  if (attempts > MISSES) {
    count('PinRefused', { cause: 'too_many_attempts' })
    const seconds = Math.max(1, Math.ceil((until - now) / 1000))
    throw new Problem('too_many_attempts', `Too many wrong PINs: try again in ${seconds} seconds.`, {
      headers: { 'retry-after': String(seconds) },
    })
  }
  const found = await look()
  if (found === null) count('PinRefused', { cause: 'not_found' })
  else await forgiveAttempt(name)
  return found
}
