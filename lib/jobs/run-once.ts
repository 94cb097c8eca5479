import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { acquireResult, releaseResult, saveResult } from './store-results.ts'

/**
 * Runs an operation once per key and returns its result, which is stored for `ms` milliseconds. Concurrent and later
 * callers get the same result; after a failure the next caller runs the operation again. Throws `event_in_progress` (503)
 * where another caller still runs it at `deadline` (UNIX milliseconds).
 */
export async function runOnce(
  key: string,
  ms: number,
  deadline: number,
  operation: () => Promise<string>,
): Promise<string> {
  let attempt = await acquireResult(key, Date.now())
  while (attempt.state === 'running' && Date.now() + timeBudgets.pollMs < deadline) {
    await sleep(timeBudgets.pollMs)
    attempt = await acquireResult(key, Date.now())
  }
  if (attempt.state === 'done') return attempt.result
  if (attempt.state === 'running') throw requestInProgress()
  const { lease } = attempt
  try {
    const result = await operation()
    // The operation succeeded; failing to store the result must not fail the request.
    await saveResult(key, lease, result, Date.now(), ms).catch(() => undefined)
    return result
  } catch (error) {
    // The lease expires by itself, and the caller needs the first error.
    await releaseResult(key, lease).catch(() => undefined)
    throw error
  }
}

export const requestInProgress = () =>
  new Problem('event_in_progress', 'Another request for the same result is being processed. Try again.', {
    headers: { 'retry-after': '5' },
  })
