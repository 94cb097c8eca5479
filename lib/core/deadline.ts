import { AsyncLocalStorage } from 'node:async_hooks'
import { timeBudgets } from './time-budgets.ts'

const limits = new AsyncLocalStorage<number>()

/** Runs under a limit (UNIX milliseconds) beyond which nothing is waited for: Lambda ends the function soon after. */
export const withDeadline = <T>(limit: number, run: () => Promise<T>): Promise<T> =>
  limits.run(limit - timeBudgets.responseReserveMs, run)

/** Milliseconds that may still be waited; without a limit, for ever. */
export const remainingMs = (): number => (limits.getStore() ?? Infinity) - Date.now()
