import { TestRunner } from 'vitest'

/** Whether the functions run elsewhere, as deployed by `serverless deploy`. */
export const isRehearsal = (): boolean => Boolean(process.env['LATCHKEY_REHEARSAL'])

/** Skips the running test; has no effect between tests. */
export function leaveOut(reason: string): void {
  const test = TestRunner.getCurrentTest()
  if (test?.result?.state === 'run') test.context.skip(`not in the rehearsal: ${reason}`)
}
