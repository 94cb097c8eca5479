import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { PROBLEMS, type Problem } from '../problem.ts'

export type Answer = APIGatewayProxyStructuredResultV2

/**
 * On every answer. Addresses and answers here carry tokens: nothing may be cached, framed, sniffed or passed on as a
 * referrer.
 */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

export const json = (statusCode: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

export const text = (contentType: string, body: string, headers: Record<string, string> = {}): Answer => ({
  statusCode: 200,
  headers: { 'content-type': contentType, ...headers },
  body,
})

/** Members that a refusal has beside those of problem details, made of its sentence, for callers who read others. */
export type Members = (detail: string) => Record<string, unknown>

/** Problem details (RFC 9457), with the members `code`, `errors` and `request_id` of our own. */
export function problemAnswer(problem: Problem, requestId: string, members: Members): Answer {
  const { status, title } = PROBLEMS[problem.code]
  // A fault of ours is logged, never shown.
  const detail =
    problem.code === 'internal_error' ? 'The request was not carried out. It is safe to try again.' : problem.message
  const body = {
    ...members(detail),
    ...problem.extra,
    type: `urn:latchkey:problem:${problem.code}`,
    title,
    status,
    detail,
    code: problem.code,
    ...(problem.faults.length > 0 && { errors: problem.faults }),
    request_id: requestId,
  }
  return json(status, body, { 'content-type': 'application/problem+json', ...challenge(problem), ...problem.headers })
}

/** RFC 6750 section 3: what a client without valid credentials is told about getting in. */
function challenge({ code, status }: Problem): Record<string, string> {
  if (status !== 401 && code !== 'not_allowed') return {}
  const errors = { credentials_missing: '', not_allowed: ', error="insufficient_scope"' }
  const error = code === 'credentials_missing' || code === 'not_allowed' ? errors[code] : ', error="invalid_token"'
  return { 'www-authenticate': `Bearer realm="latchkey"${error}` }
}
