import { AsyncLocalStorage } from 'node:async_hooks'
import { timeBudgets } from './time-budgets.ts'

const deadlines = new AsyncLocalStorage<number>()

/** Runs a function that Lambda ends at `endsAt` (UNIX milliseconds). Waiting stops earlier, in time for a response. */
export const withDeadline = <T>(endsAt: number, run: () => Promise<T>): Promise<T> =>
  deadlines.run(endsAt - timeBudgets.responseReserveMs, run)

/** Milliseconds until the deadline; `Infinity` without one. */
export const remainingMs = (): number => (deadlines.getStore() ?? Infinity) - Date.now()

/** Rejects when the function runs out of time, so that a hanging request to AWS leaves time for the response. */
export async function beforeDeadline<T>(pending: Promise<T>): Promise<T> {
  const left = remainingMs()
  if (left === Infinity) return pending
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the function is out of time')), Math.max(left, 0))
  })
  pending.catch(() => undefined) // It may fail after the race, when no code awaits it.
  return Promise.race([pending, late]).finally(() => clearTimeout(timer))
}
