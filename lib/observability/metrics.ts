import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Problem } from '../core/problem.ts'

const metrics = new Metrics({
  namespace: process.env['POWERTOOLS_METRICS_NAMESPACE'] || 'latchkey',
  serviceName: 'latchkey',
})

/** What SEAL_KEY encrypts in the tables. */
export type StoredSecret =
  | 'salt'
  | 'provider_token'
  | 'identity_session'
  | 'job_outcome'
  | 'idempotent_result'
  | 'call'
  | 'opensensemap_box'

/** Everything that is counted, with its dimensions; their values are few and fixed, since each is paid for. */
interface Counted {
  /** A delivery was turned away: `cause` is the code of the problem. */
  WebhookRefused: { cause: string }
  /** A delivery came from a provider, a repeated one too: `status` is one that is known, or `unknown`. */
  EventReceived: { provider: string; status: string }
  /** A PIN was asked for in vain. */
  PinRefused: { cause: 'not_found' | 'too_many_attempts' }
  /** A call to a provider failed for good: `cause` is the code of the problem. */
  ProviderFailed: { provider: string; cause: string }
  /** Pending work was given up until a person looks at it. */
  WorkParked: { kind: string }
  /** Measurements have arrived at a provider. */
  MeasurementsForwarded: { provider: string }
  /** A block was taken out of forwarding until a person looks at it: `reason` is a code. */
  BlockParked: { reason: string }
  /** SEAL_KEY does not decrypt a stored value; counted once per value and container. */
  DecryptionFailed: { kind: StoredSecret }
  /** How long the oldest pending work has been so, in seconds: `of` events that a provider has sent, or measurements. */
  OldestPendingSeconds: { of: 'events' | 'measurements' }
}

/** Units of those metrics that are no counts. */
const UNITS: Partial<Record<keyof Counted, (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  OldestPendingSeconds: MetricUnit.Seconds,
}

/**
 * Counts one, or so many, in the log as CloudWatch's embedded metric format: nothing is waited for. Alarms look at the
 * whole, people at its dimensions, so it is counted under both.
 */
export function countMetric<Name extends keyof Counted>(name: Name, dimensions: Counted[Name], amount = 1): void {
  const one = metrics.singleMetric()
  one.addDimensions({})
  one.addDimensions({ ...dimensions })
  one.addMetric(name, UNITS[name] ?? MetricUnit.Count, amount)
}

export const countRejectedWebhook = ({ code }: Problem): void => countMetric('WebhookRefused', { cause: code })
