import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Problem } from '../core/problem.ts'

const metrics = new Metrics({
  namespace: process.env['POWERTOOLS_METRICS_NAMESPACE'] || 'latchkey',
  serviceName: 'latchkey',
})

/** What the seal keys encrypt in the tables. */
export type StoredSecret =
  | 'salt'
  | 'provider_token'
  | 'identity_session'
  | 'job_outcome'
  | 'idempotent_result'
  | 'call'
  | 'opensensemap_box'

/** Every metric with its dimensions. Dimensions have few, fixed values, because AWS bills each combination. */
interface MetricDimensions {
  /** Webhook deliveries that were rejected: `cause` is the problem code. */
  WebhookRefused: { cause: string }
  /** Deliveries from a provider, including repeats: `status` is a known one, or `unknown`. */
  EventReceived: { provider: string; status: string }
  /** Attempts to join a call that failed. */
  PinRefused: { cause: 'not_found' | 'too_many_attempts' }
  /** Calls to a provider that failed after all retries: `cause` is the problem code. */
  ProviderFailed: { provider: string; cause: string }
  /** Jobs that are parked until an operator checks them. */
  WorkParked: { kind: string }
  /** Warnings of stored uploads, one for each column and kind. */
  UploadWarning: { kind: string }
  /** Measurements that a provider has accepted. */
  MeasurementsForwarded: { provider: string }
  /** Blocks that are not forwarded until an operator checks them: `reason` is a code. */
  BlockParked: { reason: string }
  /** No seal key decrypts a stored value; counted once per value and container. */
  DecryptionFailed: { kind: StoredSecret }
  /** Age of the oldest failing work in seconds: `of` is provider events or measurements. */
  OldestPendingSeconds: { of: 'events' | 'measurements' }
}

/** Units other than the default, the number of events. */
const UNITS: Partial<Record<keyof MetricDimensions, (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  OldestPendingSeconds: MetricUnit.Seconds,
}

/**
 * Writes a metric to the log in CloudWatch's embedded metric format, which needs no network call. It is published twice:
 * without dimensions for alarms, and with them for people.
 */
export function countMetric<Name extends keyof MetricDimensions>(
  name: Name,
  dimensions: MetricDimensions[Name],
  amount = 1,
): void {
  const metric = metrics.singleMetric()
  metric.addDimensions({})
  metric.addDimensions({ ...dimensions })
  metric.addMetric(name, UNITS[name] ?? MetricUnit.Count, amount)
}

export const countRejectedWebhook = ({ code }: Problem): void => countMetric('WebhookRefused', { cause: code })
