import { settingsMissing } from '../config/config-error.ts'
import { Problem } from '../core/problem.ts'
import { countMetric } from '../observability/metrics.ts'

/** Seconds after which to retry, if the provider does not send Retry-After. */
const RETRY_AFTER = 30

const SENTENCES = {
  provider_refused: 'rejected this request.',
  provider_answer_invalid: 'returned an invalid response.',
  provider_unavailable: 'is not available at the moment. Try again later.',
  provider_timeout: 'did not respond in time. Try again later.',
} as const

/** Details of a failed call. They never contain what was sent or received, except the status. */
export interface FailedCall {
  provider: string
  operation: string
  /** HTTP status of the provider's response, if there was one. */
  status?: number
  /** The provider's error number, or a code of ours. */
  reason?: number | string
  retryAfterSeconds?: number | undefined
}

/** The error of a failed call to a provider, which is also counted. It names the provider and the kind of failure. */
export function providerFailure(code: keyof typeof SENTENCES, failed: FailedCall, detail?: string): Problem {
  const { retryAfterSeconds, ...facts } = failed
  countMetric('ProviderFailed', { provider: failed.provider, cause: code })
  const problem = providerProblem(code, failed.provider, retryAfterSeconds)
  return new Problem(code, detail ?? problem.message, { facts, headers: problem.headers })
}

/** The problem itself, with the seconds to wait if a retry may help. */
export function providerProblem(code: keyof typeof SENTENCES, provider: string, retryAfterSeconds = RETRY_AFTER) {
  const isTemporary = code === 'provider_unavailable' || code === 'provider_timeout'
  const headers = isTemporary ? { 'retry-after': String(retryAfterSeconds) } : {}
  return new Problem(code, `${provider} ${SENTENCES[code]}`, { headers })
}

/** Throws `provider_not_configured` (501): the provider needs these settings. */
export function missingSettings(...names: string[]): never {
  throw settingsMissing(...names)
}

export const userTokenExpired = () =>
  new Problem('user_token_expired', 'Get a new user token from /auth, then try again.')

/** The provider's error number for a rejected call, or a code of ours; undefined without one. */
export const rejectionReason = (error: unknown): string | number | undefined =>
  error instanceof Problem && error.code === 'provider_refused' ? error.facts?.['reason'] : undefined

/** Milliseconds until a provider that returned 429 accepts calls again; undefined for other errors. */
export function rateLimitedMs(error: unknown): number | undefined {
  if (!(error instanceof Problem) || error.facts?.['status'] !== 429) return undefined
  return Number(error.headers['retry-after']) * 1_000
}

/** The status with which a provider rejected a call; undefined for other errors. */
export function rejectionStatus(error: unknown): number | undefined {
  const status = error instanceof Problem && error.code === 'provider_refused' ? error.facts?.['status'] : undefined
  return typeof status === 'number' ? status : undefined
}
