import { StandardRetryStrategy } from '@smithy/core/retry'
import { remainingMs } from '../core/deadline.ts'
import { timeBudgets } from '../core/time-budgets.ts'

/** A command that fails for another reason than throttling has one attempt, and two retries by the SDK. */
export const MAX_ATTEMPTS = 3

type RetryToken = Awaited<ReturnType<StandardRetryStrategy['acquireInitialRetryToken']>>
type Failure = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[1]

/** Whether DynamoDB throttled a command, because of its key, its table, an index or the account. */
export const isThrottled = (error: unknown): boolean =>
  error instanceof Error && /^(?:ProvisionedThroughputExceeded|Throttling|RequestLimitExceeded)/.test(error.name)

/** The retries of a throttled command, and the token by which the SDK limits its other retries. */
interface Throttled {
  token: RetryToken
  retries: number
  /** Milliseconds of all waits. */
  waitedMs: number
}

const outages = new StandardRetryStrategy(MAX_ATTEMPTS)
const states = new WeakMap<RetryToken, Throttled>()
const stateOf = (token: RetryToken): Throttled => states.get(token) ?? { token, retries: 0, waitedMs: 0 }

/**
 * The SDK's standard retries, except for throttled commands: DynamoDB did not execute them, and accepts them within
 * seconds. They are retried with exponential backoff and full jitter until the deadline of the request, or its abort
 * signal. Without a deadline, `throttledMs` limits the waits of a command.
 */
export const retryStrategy = {
  acquireInitialRetryToken: (scope: string) => outages.acquireInitialRetryToken(scope),
  recordSuccess: (token: RetryToken) => outages.recordSuccess(stateOf(token).token),
  async refreshRetryTokenForRetry(previous: RetryToken, failure: Failure): Promise<RetryToken> {
    const { token, retries, waitedMs } = stateOf(previous)
    if (!isThrottled(failure.error)) return outages.refreshRetryTokenForRetry(token, failure)
    const { throttleBackoffMs, throttleLongestBackoffMs, throttledMs } = timeBudgets
    const delayMs = Math.random() * Math.min(throttleBackoffMs * 2 ** retries, throttleLongestBackoffMs)
    if (delayMs >= remainingMs() || waitedMs + delayMs > throttledMs) throw new Error('There is no time for a retry.')
    const next: RetryToken = {
      getRetryCount: () => token.getRetryCount() + retries + 1,
      getRetryDelay: () => delayMs,
      getRetryCost: () => undefined,
    }
    states.set(next, { token, retries: retries + 1, waitedMs: waitedMs + delayMs })
    return next
  },
}
