/**
 * Everything Latchkey may refuse, as data: the stable code callers program against, its HTTP status and the title
 * people read. RFC 9457 calls the whole a problem type; `lib/http/response.ts` turns it into an answer.
 */
export const PROBLEMS = {
  parameter_invalid: { status: 400, title: 'A parameter is missing or cannot be understood' },
  body_invalid: { status: 400, title: 'The body cannot be understood' },
  grant_unsupported: { status: 400, title: 'This way to get a token is not supported' },
  scope_invalid: { status: 400, title: 'The scope is not one that may be asked for' },
  client_unauthorized: { status: 400, title: 'This client may not do this' },
  limit_exceeded: { status: 400, title: 'The upload goes beyond a documented limit' },
  range_too_large: { status: 400, title: 'The range is too large to be ordered in one answer' },
  credentials_missing: { status: 401, title: 'This needs credentials' },
  credentials_invalid: { status: 401, title: 'These credentials are not valid' },
  token_expired: { status: 401, title: 'The token has expired' },
  user_token_expired: { status: 401, title: 'The user token has expired' },
  not_allowed: { status: 403, title: 'These credentials do not allow this' },
  client_unknown: { status: 403, title: 'No such client' },
  not_found: { status: 404, title: 'There is nothing here' },
  too_many_attempts: { status: 429, title: 'Too many attempts' },
  body_too_large: { status: 413, title: 'The body is too large' },
  content_type_unsupported: { status: 415, title: 'This content type is not supported' },
  content_encoding_unsupported: { status: 415, title: 'This content encoding is not supported' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key belongs to another upload' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  provider_not_configured: { status: 501, title: 'The provider is not set up here' },
  provider_refused: { status: 502, title: 'The provider refused the request' },
  provider_answer_invalid: { status: 502, title: 'The answer of the provider cannot be understood' },
  provider_unavailable: { status: 503, title: 'The provider does not answer at the moment' },
  pins_exhausted: { status: 503, title: 'There is no PIN left at the moment' },
  event_in_progress: { status: 503, title: 'This event is being worked on' },
  provider_timeout: { status: 504, title: 'The provider did not answer in time' },
  storage_unavailable: { status: 503, title: 'The store does not answer at the moment' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

/** What exactly is wrong: which field, or which place in the body. Rows, lines and columns count from 1, bytes from 0. */
export interface ValidationIssue {
  field?: string
  row?: number
  line?: number
  column?: number
  byte?: number
  detail: string
}

/** The table did not answer: whatever else would be written now, would not be. */
export const isStorageFailure = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'storage_unavailable'

/** What the log, and nobody else, may know of a problem. Like its texts, it holds no value that was sent. */
export type ProblemFacts = Readonly<Record<string, string | number | undefined>>

/**
 * A refusal the caller may see in full. Its texts name fields and places, never the values that were sent: a value may
 * be a secret or personal.
 */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly issues: readonly ValidationIssue[]
  readonly headers: Readonly<Record<string, string>>
  readonly facts: ProblemFacts | undefined
  /** Members that the answer has besides, to go on with. */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(
    code: ProblemCode,
    detail: string,
    more: {
      issues?: ValidationIssue[]
      headers?: Record<string, string>
      facts?: ProblemFacts
      extra?: Record<string, unknown>
      cause?: unknown
    } = {},
  ) {
    super(detail, { cause: more.cause })
    this.name = 'Problem'
    this.code = code
    this.issues = more.issues ?? []
    this.headers = more.headers ?? {}
    this.facts = more.facts
    this.extra = more.extra ?? {}
  }

  get status(): number {
    return PROBLEMS[this.code].status
  }
}

/** The same problem with members to go on with. */
export const withExtra = (problem: Problem, extra: Record<string, unknown>): Problem =>
  new Problem(problem.code, problem.message, {
    issues: [...problem.issues],
    headers: problem.headers,
    extra,
    cause: problem,
    ...(problem.facts && { facts: problem.facts }),
  })
