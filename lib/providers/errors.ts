import { settingsMissing } from '../config/config-error.ts'
import { Problem } from '../core/problem.ts'
import { countMetric } from '../observability/metrics.ts'

/** Seconds after which to come again, when the provider does not say. */
const RETRY_AFTER = 30

const SENTENCES = {
  provider_refused: 'refused this request.',
  provider_answer_invalid: 'gave an answer that cannot be understood.',
  provider_unavailable: 'does not answer at the moment. Try again later.',
  provider_timeout: 'did not answer in time. Try again later.',
} as const

/** What is known of a call that failed: nothing that was sent or received, but the status. */
export interface FailedCall {
  provider: string
  operation: string
  /** HTTP status of the provider's answer, where there was one. */
  status?: number
  /** A number of the provider's own, or a word of ours, that says why. */
  reason?: number | string
  retryAfterSeconds?: number | undefined
}

/** A call to a provider that came to nothing, counted. The caller is told the provider's name and the kind of failure. */
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

/** Why a provider refused a call, where it said so: its own number, or a word of ours for it. */
export const rejectionReason = (error: unknown): string | number | undefined =>
  error instanceof Problem && error.code === 'provider_refused' ? error.facts?.['reason'] : undefined

/** Milliseconds after which a provider that is asked too often may be asked again; undefined when it is not that. */
export function rateLimitedMs(error: unknown): number | undefined {
  if (!(error instanceof Problem) || error.facts?.['status'] !== 429) return undefined
  return Number(error.headers['retry-after']) * 1_000
}

/** The status with which a provider refused a call, when that is what `error` is about. */
export function rejectionStatus(error: unknown): number | undefined {
  const status = error instanceof Problem && error.code === 'provider_refused' ? error.facts?.['status'] : undefined
  return typeof status === 'number' ? status : undefined
}
