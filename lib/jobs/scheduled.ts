import type { Context } from 'aws-lambda'
import { withDeadline } from '../core/deadline.ts'
import { timeBudgets } from '../core/time-budgets.ts'

/**
 * Makes a Lambda handler of a scheduled task, which starts nothing new after `deadline` (UNIX milliseconds). `event` is what
 * a function that calls it has sent.
 */
export const scheduled =
  (run: (deadline: number, event: unknown) => Promise<void>) =>
  (event: unknown, { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
    const endsAt = Date.now() + getRemainingTimeInMillis()
    return withDeadline(endsAt, () => run(endsAt - timeBudgets.scheduleReserveMs, event))
  }
