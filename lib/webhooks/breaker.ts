import { Problem } from '../core/problem.ts'
import { PAUSED } from '../jobs/jobs.ts'

/** Failures in a row after which a recipient is left alone. */
const FAILURES = 3
/** For how long. Afterwards one attempt shows whether it responds again. */
const PAUSE_MS = 30_000
/** Recipients are few; the limit only bounds memory. */
const MAX_RECIPIENTS = 1_000

const UNREACHABLE: readonly string[] = ['provider_unavailable', 'provider_timeout']

const failing = new Map<string, { failures: number; pausedUntil: number }>()

/**
 * Runs a call to a recipient. After three calls in a row without a response or with a 5xx status, calls fail at once for half
 * a minute. Such a recipient must not delay webhooks and other jobs. Each container remembers this by itself.
 */
export async function withBreaker(recipient: string, call: () => Promise<void>): Promise<void> {
  const state = failing.get(recipient)
  if (state && state.pausedUntil > Date.now()) throw recipientPaused()
  try {
    await call()
    failing.delete(recipient)
  } catch (error) {
    // A recipient that rejects an event responds, and may accept the next.
    if (!(error instanceof Problem) || !UNREACHABLE.includes(error.code)) throw error
    const failures = (failing.get(recipient)?.failures ?? 0) + 1
    if (failing.size < MAX_RECIPIENTS || state)
      failing.set(recipient, { failures, pausedUntil: failures < FAILURES ? 0 : Date.now() + PAUSE_MS })
    throw error
  }
}

const recipientPaused = () =>
  new Problem('provider_unavailable', 'The recipient has just failed several times. Latchkey tries again later.', {
    facts: { reason: PAUSED },
  })
