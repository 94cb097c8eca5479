import type { Context } from 'aws-lambda'

/** What is left for finishing when nothing new is begun any more. */
const RESERVE_MS = 12_000

/** Makes a Lambda handler of work that a schedule begins; `deadline` (UNIX milliseconds) is when to begin nothing new. */
export const scheduled =
  (run: (deadline: number) => Promise<void>) =>
  (_event: unknown, { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> =>
    run(Date.now() + getRemainingTimeInMillis() - RESERVE_MS)
