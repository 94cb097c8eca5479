import { AsyncLocalStorage } from 'node:async_hooks'
import { timeBudgets } from './time-budgets.ts'

const deadlines = new AsyncLocalStorage<number>()

/** Runs a function that Lambda ends at `endsAt` (UNIX milliseconds). Waiting stops earlier, in time for a response. */
export const withDeadline = <T>(endsAt: number, run: () => Promise<T>): Promise<T> =>
  deadlines.run(endsAt - timeBudgets.responseReserveMs, run)

/** Milliseconds until the deadline; `Infinity` without one. */
export const remainingMs = (): number => (deadlines.getStore() ?? Infinity) - Date.now()
