import type { Context } from 'aws-lambda'
import { timeBudgets } from '../core/time-budgets.ts'

/** Makes a Lambda handler of work that a schedule begins; `deadline` (UNIX milliseconds) is when to begin nothing new. */
export const scheduled =
  (run: (deadline: number) => Promise<void>) =>
  (_event: unknown, { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> =>
    run(Date.now() + getRemainingTimeInMillis() - timeBudgets.scheduleReserveMs)
