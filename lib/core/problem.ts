/**
 * Every error response: its stable code for programs, its HTTP status, and its title for people (a problem type in
 * RFC 9457). `lib/http/response.ts` formats it.
 */
export const PROBLEMS = {
  parameter_invalid: { status: 400, title: 'A parameter is missing or invalid' },
  body_invalid: { status: 400, title: 'The body is invalid' },
  grant_unsupported: { status: 400, title: 'The grant type is not supported' },
  grant_invalid: { status: 400, title: 'The code is invalid' },
  scope_invalid: { status: 400, title: 'The scope is invalid for this client' },
  target_invalid: { status: 400, title: 'The audience is invalid for this client' },
  nonce_required: { status: 400, title: 'The DPoP proof needs a nonce' },
  challenge_invalid: { status: 400, title: 'The challenge is invalid' },
  challenge_required: { status: 400, title: 'The proof of possession needs a challenge' },
  evidence_invalid: { status: 400, title: 'The evidence is invalid' },
  attestation_invalid: { status: 400, title: 'The client attestation is invalid' },
  attestation_expired: { status: 400, title: 'The client attestation has expired' },
  client_unauthorized: { status: 400, title: 'This client may not use this grant' },
  limit_exceeded: { status: 400, title: 'The upload exceeds a limit' },
  range_too_large: { status: 400, title: 'The range is too large to order' },
  credentials_missing: { status: 401, title: 'Credentials are missing' },
  attestation_missing: { status: 401, title: 'The client attestation is missing' },
  credentials_invalid: { status: 401, title: 'The credentials are invalid' },
  proof_invalid: { status: 401, title: 'The DPoP proof is invalid' },
  token_expired: { status: 401, title: 'The token has expired' },
  user_token_expired: { status: 401, title: 'The user token has expired' },
  not_allowed: { status: 403, title: 'The credentials do not allow this request' },
  device_revoked: { status: 403, title: 'The device is revoked' },
  client_unknown: { status: 403, title: 'The client does not exist' },
  not_found: { status: 404, title: 'The resource does not exist' },
  recipients_missing: { status: 409, title: 'The provider has no recipients' },
  parts_missing: { status: 409, title: 'Parts of the file are missing' },
  file_not_ready: { status: 409, title: 'The file is not ready' },
  file_in_use: { status: 409, title: 'The file is in use' },
  session_expired: { status: 410, title: 'The identity session has expired' },
  too_many_attempts: { status: 429, title: 'Too many attempts' },
  body_too_large: { status: 413, title: 'The body is too large' },
  content_type_unsupported: { status: 415, title: 'The content type is not supported' },
  content_encoding_unsupported: { status: 415, title: 'The content encoding is not supported' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  internal_error: { status: 500, title: 'Internal error' },
  provider_not_configured: { status: 501, title: 'The provider is not configured' },
  provider_refused: { status: 502, title: 'The provider rejected the request' },
  provider_answer_invalid: { status: 502, title: 'The provider returned an invalid response' },
  provider_unavailable: { status: 503, title: 'The provider is unavailable' },
  pins_exhausted: { status: 503, title: 'No PIN is available' },
  event_in_progress: { status: 503, title: 'The event is in progress' },
  provider_timeout: { status: 504, title: 'The provider did not respond in time' },
  storage_unavailable: { status: 503, title: 'The storage is unavailable' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

/** An error at one place of the request. Rows, lines and columns are numbered from 1, bytes from 0. */
export interface ValidationIssue {
  field?: string
  row?: number
  line?: number
  column?: number
  byte?: number
  detail: string
}

/** Whether DynamoDB or Parameter Store did not respond, so that further requests to them would fail too. */
export const isStorageFailure = (error: unknown): error is Problem =>
  error instanceof Problem && error.code === 'storage_unavailable'

/** Details for the log only. Like the texts of a problem, they contain no value of the request. */
export type ProblemFacts = Readonly<Record<string, string | number | undefined>>

/**
 * An error that the caller may see in full. Its texts name fields and places, never values of the request, which may
 * be secret or personal.
 */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly issues: readonly ValidationIssue[]
  readonly headers: Readonly<Record<string, string>>
  readonly facts: ProblemFacts | undefined
  /** Further members of the response. */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      issues?: ValidationIssue[]
      headers?: Record<string, string>
      facts?: ProblemFacts
      extra?: Record<string, unknown>
      cause?: unknown
    } = {},
  ) {
    super(detail, { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.issues = options.issues ?? []
    this.headers = options.headers ?? {}
    this.facts = options.facts
    this.extra = options.extra ?? {}
  }

  get status(): number {
    return PROBLEMS[this.code].status
  }
}

/** Returns the same problem with further members of the response. */
export const withExtra = (problem: Problem, extra: Record<string, unknown>): Problem =>
  new Problem(problem.code, problem.message, {
    issues: [...problem.issues],
    headers: problem.headers,
    extra,
    cause: problem,
    ...(problem.facts && { facts: problem.facts }),
  })

/** Seconds after which a caller may repeat a request, when DynamoDB or Parameter Store did not respond. */
const RETRY_AFTER = '5'

/** 503: the request was not carried out, and may be repeated unchanged. */
export const storageUnavailable = (cause?: unknown): Problem =>
  new Problem('storage_unavailable', `The request was not carried out: repeat it in ${RETRY_AFTER} seconds.`, {
    cause,
    headers: { 'retry-after': RETRY_AFTER },
  })

export const idempotencyKeyReused = () =>
  new Problem(
    'idempotency_key_reused',
    'This Idempotency-Key was used with a different request before. Use a new key for a new request.',
  )
