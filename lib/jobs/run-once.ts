import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { acquireOnce, releaseOnceLease, saveResult } from './once-store.ts'

/**
 * Makes what `key` names once within `ms` milliseconds: whoever asks again in that time, or meanwhile, is given the same
 * outcome. After a failure the next caller tries anew.
 */
export async function runOnceWithin(
  key: string,
  ms: number,
  deadline: number,
  make: () => Promise<string>,
): Promise<string> {
  let once = await acquireOnce(key, Date.now())
  while (once.state === 'busy' && Date.now() + timeBudgets.pollMs < deadline) {
    await sleep(timeBudgets.pollMs)
    once = await acquireOnce(key, Date.now())
  }
  if (once.state === 'done') return once.outcome
  if (once.state !== 'mine') {
    throw new Problem('event_in_progress', 'Another request for the same is being worked on: try again.', {
      headers: { 'retry-after': '5' },
    })
  }
  const { lease } = once
  try {
    const outcome = await make()
    // It is made: that it could not be kept for a repeat is no reason to say that it was not.
    await saveResult(key, lease, outcome, Date.now(), ms).catch(() => undefined)
    return outcome
  } catch (error) {
    // The right ends by itself; what went wrong is what the caller must hear.
    await releaseOnceLease(key, lease).catch(() => undefined)
    throw error
  }
}
