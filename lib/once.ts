import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from './problem.ts'
import { keepOnce, onceState, releaseOnce, takeOnce } from './store/once.ts'

const POLL_MS = 150

/**
 * Makes what `key` names once within `ms` milliseconds: whoever asks again in that time, or meanwhile, is given the same
 * outcome. After a failure the next caller tries anew.
 */
export async function onceWithin(
  key: string,
  ms: number,
  deadline: number,
  make: () => Promise<string>,
): Promise<string> {
  let once = await takeOnce(key, Date.now())
  while (once.state === 'busy' && Date.now() + POLL_MS < deadline) {
    await sleep(POLL_MS)
    once = await onceState(key)
  }
  if (once.state === 'done') return once.outcome
  if (once.state === 'busy') {
    throw new Problem('event_in_progress', 'Another request for the same is being worked on: try again.', {
      headers: { 'retry-after': '5' },
    })
  }
  let outcome: string
  try {
    outcome = await make()
  } catch (error) {
    await releaseOnce(key, once.lease)
    throw error
  }
  await keepOnce(key, once.lease, outcome, Date.now(), ms)
  return outcome
}
