import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type * as z from 'zod/mini'
import { PROBLEMS, type Problem, type ProblemCode } from '../core/problem.ts'

export type LambdaResponse = APIGatewayProxyStructuredResultV2

/**
 * Headers of every response. URLs and responses contain tokens: browsers must not cache, frame or sniff them, or send
 * them as a referrer.
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

/**
 * Adds the security headers to those of a response. `x-frame-options` cannot name origins, so a response whose policy
 * allows some has none.
 */
export function securityHeaders(headers: LambdaResponse['headers'] = {}): LambdaResponse['headers'] {
  const { 'x-frame-options': framing, ...others } = SECURITY_HEADERS
  const { 'content-security-policy': policy } = { ...others, ...headers }
  const isFramed = typeof policy === 'string' && !policy.includes("frame-ancestors 'none'")
  return { ...others, ...(!isFramed && { 'x-frame-options': framing }), ...headers }
}

/**
 * Lambda limits a whole response to 6 MB.
 * @limit Downloads | bytes of a page of results, which then continues on the next
 */
export const MAX_BODY_BYTES = 5_500_000

/** Bytes of a text in the response of a Lambda function, which is JSON: quotes and line ends need two bytes. */
export const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text))

declare const BODY: unique symbol

/** A response that `json` made, with the type of its body. */
export interface JsonResponse<Status extends number, Body> extends LambdaResponse {
  statusCode: Status
  readonly [BODY]: Body
}

/** A response that `text`, `binary` or `empty` made: no schema describes its body. */
export interface RawResponse extends LambdaResponse {
  readonly [BODY]: 'raw'
}

/** Schemas of JSON bodies, by status. */
export type ResponseSchemas = Readonly<Record<number, z.core.$ZodType>>

/** What an endpoint with these schemas may return. */
export type ContractResponse<R extends ResponseSchemas> =
  | { [Status in keyof R & number]: JsonResponse<Status, z.output<R[Status]>> }[keyof R & number]
  | RawResponse

type Headers = Record<string, string>

export function json<Status extends number, Body>(
  status: Status,
  body: Body,
  headers?: Headers,
): JsonResponse<Status, Body>
export function json(statusCode: number, body: unknown, headers: Headers = {}): LambdaResponse {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

export function text(contentType: string, body: string, headers?: Headers): RawResponse
export function text(contentType: string, body: string, headers: Headers = {}): LambdaResponse {
  return { statusCode: 200, headers: { 'content-type': contentType, ...headers }, body }
}

/** Lambda requires bytes in base64. */
export function binary(status: number, contentType: string, body: Buffer, headers?: Headers): RawResponse
export function binary(statusCode: number, contentType: string, body: Buffer, headers: Headers = {}): LambdaResponse {
  const base64 = body.toString('base64')
  return { statusCode, headers: { 'content-type': contentType, ...headers }, body: base64, isBase64Encoded: true }
}

/** A response without a body. */
export function empty(status: number, headers?: Headers): RawResponse
export function empty(statusCode: number, headers: Headers = {}): LambdaResponse {
  return { statusCode, headers }
}

export type FormatError = (problem: Problem, requestId: string) => LambdaResponse

/** The detail for the caller. Details of internal errors are logged only. */
export const publicDetail = ({ code, message }: Problem): string =>
  code === 'internal_error' ? 'The request failed because of an internal error. It is safe to retry it.' : message

/** Formats problem details (RFC 9457) with the additional members `code`, `errors` and `request_id`. */
export function problemResponse(problem: Problem, requestId: string): LambdaResponse {
  const { status, title } = PROBLEMS[problem.code]
  const body = {
    ...problem.extra,
    type: `urn:latchkey:problem:${problem.code}`,
    title,
    status,
    detail: publicDetail(problem),
    code: problem.code,
    ...(problem.issues.length > 0 && { errors: problem.issues }),
    request_id: requestId,
  }
  return json(status, body, {
    'content-type': 'application/problem+json',
    ...challengeHeaders(problem),
    ...problem.headers,
  })
}

const CHALLENGES: Partial<Record<ProblemCode, string>> = {
  credentials_missing: '',
  client_unknown: '',
  attestation_missing: '',
  not_allowed: ', error="insufficient_scope"',
}

/** Returns the `WWW-Authenticate` header of a 401 or 403 response (RFC 6750 section 3). */
export function challengeHeaders({ code, status }: Problem): Record<string, string> {
  if (status !== 401 && status !== 403) return {}
  return { 'www-authenticate': `Bearer realm="latchkey"${CHALLENGES[code] ?? ', error="invalid_token"'}` }
}
