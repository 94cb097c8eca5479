import { Problem, type ProblemFacts } from '../core/problem.ts'
import { providerProblem } from '../providers/errors.ts'

/** What is sent to a team's backend or event bus. */
export interface OutgoingEvent {
  /** The same for every attempt, so that recipients can recognise repeats. */
  id: string
  provider: string
  type: string | null
  /** UNIX milliseconds. */
  receivedAt: number
  /** As received; it may be empty. */
  contentType: string
  body: Uint8Array
}

/** Whether a recipient rejected an event, is not available, or did not respond in time. */
export type SendFailure = 'provider_refused' | 'provider_unavailable' | 'provider_timeout'

/**
 * The problem of an event that was not delivered. The metric of failing providers does not include it, and neither does
 * their alarm. `facts` has the status, a reason code, and `retryAfterSeconds` if the recipient sent Retry-After.
 */
export function sendFailure(code: SendFailure, recipient: string, facts: ProblemFacts): Problem {
  const { retryAfterSeconds } = facts
  const seconds = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined
  const { message, headers } = providerProblem(code, recipient, seconds)
  return new Problem(code, message, { facts, headers: { ...headers } })
}

/** The code of a failed connection, such as ECONNREFUSED; undefined without one. It contains no address. */
export function connectionError(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : undefined
}

/** Whether a request ended because its `AbortSignal.timeout` did. */
export const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'
