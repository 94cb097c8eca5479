import { TestRunner } from 'vitest'

/** Whether the functions run elsewhere, as `serverless deploy` has deployed them. */
export const isRehearsal = (): boolean => Boolean(process.env['LATCHKEY_REHEARSAL'])

/** Leaves out the test that is running; between tests, nothing happens. */
export function leaveOut(reason: string): void {
  const test = TestRunner.getCurrentTest()
  if (test?.result?.state === 'run') test.context.skip(`not in the rehearsal: ${reason}`)
}
