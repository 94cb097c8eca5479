import { expect } from 'vitest'
import { Problem } from '../../lib/core/problem.ts'

/** The problem that `run` throws. Success, or any other error, fails the test. */
export function refusal(run: () => unknown): Problem {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  return expect.unreachable('nothing was refused')
}

/** Code and issues of a problem, on which callers rely. */
export function refused(run: () => unknown): { code: string; issues: readonly unknown[] } {
  const { code, issues } = refusal(run)
  return { code, issues }
}

/** The problem with which a promise is rejected. */
export async function rejection(promise: Promise<unknown>): Promise<Problem> {
  const settled = await promise.then(
    () => expect.unreachable('nothing was refused'),
    (error: unknown) => error,
  )
  return refusal(() => {
    throw settled
  })
}
