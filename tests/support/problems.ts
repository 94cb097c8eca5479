import { expect } from 'vitest'
import { Problem } from '../../lib/core/problem.ts'

/** The problem that `run` throws. Success, or any other error, fails the test. */
export function thrownProblem(run: () => unknown): Problem {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  return expect.unreachable('no problem was thrown')
}

/** Code and issues of a problem, on which callers rely. */
export function codeAndIssues(run: () => unknown): { code: string; issues: readonly unknown[] } {
  const { code, issues } = thrownProblem(run)
  return { code, issues }
}

/** The problem with which a promise is rejected. */
export async function rejection(promise: Promise<unknown>): Promise<Problem> {
  const settled = await promise.then(
    () => expect.unreachable('no problem was thrown'),
    (error: unknown) => error,
  )
  return thrownProblem(() => {
    throw settled
  })
}
