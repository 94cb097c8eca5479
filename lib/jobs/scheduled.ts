import type { Context } from 'aws-lambda'

/** Left of the function's time for what is still running. */
const RESERVE_MS = 12_000

/** Makes a Lambda handler of a scheduled task, which starts nothing new after `deadline` (UNIX milliseconds). */
export const scheduled =
  (run: (deadline: number) => Promise<void>) =>
  (_event: unknown, { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> =>
    run(Date.now() + getRemainingTimeInMillis() - RESERVE_MS)
