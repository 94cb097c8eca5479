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
  | 'event'
  | 'idempotent_result'
  | 'call'
  | 'opensensemap_box'

/** Every metric with its dimensions. Dimensions have few, fixed values, because AWS bills each combination. */
interface MetricDimensions {
  /** Webhook deliveries that were rejected: `cause` is a problem code, or why the signature is wrong. */
  WebhookRefused: { provider: string; cause: string }
  /** What a scheme that is only tried says of an authentic delivery. */
  WebhookShadow: { provider: string; result: string }
  /** Requests for a client attestation that were rejected: `cause` is a problem code, or what is wrong with the evidence. */
  EvidenceRejected: { platform: string; cause: string }
  /** Devices that got a client attestation: for a new key, or another one. */
  DeviceAttested: { platform: string; kind: 'new' | 'renewed' }
  /** Requests of attested clients that got no token: `cause` says what is wrong with the client attestation. */
  AttestationRejected: { cause: string }
  /** The same for clients that need no client attestation yet: they got a token. `result` is `valid`, or the cause. */
  AttestationShadow: { result: string }
  /** Deliveries from a provider, including repeats: `status` is a known one, or `unknown`. */
  EventReceived: { provider: string; status: string }
  /** Attempts to join a call that failed. */
  PinRefused: { cause: 'not_found' | 'too_many_attempts' }
  /** Calls to a provider that failed after all retries: `cause` is the problem code. */
  ProviderFailed: { provider: string; cause: string }
  /** Jobs that are parked until an operator checks them. */
  WorkParked: { kind: string; provider: string }
  /** Files that are stored, or cannot be: `result` is `stored` or a problem code. */
  FileProcessed: { purpose: 'measurements' | 'submission'; result: string }
  /** Work of files and exports that Latchkey has stopped after several failures without progress. */
  FileWorkParked: { kind: 'file' | 'export' }
  /** Warnings of stored uploads, one for each column and kind. */
  UploadWarning: { kind: string }
  /** Measurements that a provider has accepted. */
  MeasurementsForwarded: { provider: string }
  /** Blocks that are not forwarded until an operator checks them: `reason` is a code. */
  BlockParked: { reason: string }
  /** No seal key decrypts a stored value; counted once per value and container. */
  DecryptionFailed: { kind: StoredSecret }
  /** Age of the oldest failing work in seconds: `of` is the provider of events, `measurements` or `files`. */
  OldestPendingSeconds: { of: string }
}

/** Units other than the default, the number of events. */
const UNITS: Partial<Record<keyof MetricDimensions, (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  OldestPendingSeconds: MetricUnit.Seconds,
}

/** Metrics with alarms by provider. */
const BY_PROVIDER: readonly string[] = ['WebhookRefused', 'WorkParked'] satisfies (keyof MetricDimensions)[]

/**
 * Writes a metric to the log in CloudWatch's embedded metric format, which needs no network call. It is published
 * without dimensions for alarms, by provider for those of one provider, and with all dimensions for people.
 */
export function countMetric<Name extends keyof MetricDimensions>(
  name: Name,
  dimensions: MetricDimensions[Name],
  amount = 1,
): void {
  const publish = (...sets: Record<string, string>[]) => {
    const metric = metrics.singleMetric()
    for (const set of sets) metric.addDimensions(set)
    metric.addMetric(name, UNITS[name] ?? MetricUnit.Count, amount)
  }
  if (BY_PROVIDER.includes(name) && 'provider' in dimensions) {
    // Two lines: within one, no dimension may be in two sets.
    publish({}, { provider: dimensions.provider })
    publish({ ...dimensions })
  } else publish({}, { ...dimensions })
}

/** Publishes that a delivery was rejected, and why. */
export const countRejectedWebhook = (provider: string, { code, facts }: Problem): void =>
  countMetric('WebhookRefused', { provider, cause: typeof facts?.['cause'] === 'string' ? facts['cause'] : code })
