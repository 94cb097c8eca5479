import { gunzipSync } from 'node:zlib'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'

/** One call, read from API Gateway's event (payload format 2.0) but not yet believed. */
export interface Request {
  id: string
  method: string
  /** Percent-decoded. */
  path: string
  /** Exactly as sent, without the question mark. */
  rawQuery: string
  query: URLSearchParams
  /** What the path holds in the places that its route leaves open. */
  pathParameters: Readonly<Record<string, string | undefined>>
  /** Of who has connected; behind proxies of their own that may be many. */
  address: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  /** The body exactly as it came over the wire, zipped or not: what checksums are over. */
  rawBody: Uint8Array
  /** UNIX milliseconds. */
  receivedAt: number
  /** UNIX milliseconds after which nothing new should be begun: Lambda ends the call soon after. */
  deadline: number
}

/**
 * Lambda accepts no request beyond 6 MB.
 * @limit Requests | bytes of a request body, before and after decompression. About 4,700,000 for forms, MessagePack,
 * NDJSON and gzip, which Lambda receives in base64
 */
const BODY_BYTES = 6_000_000

/** Reads an event; a body over the cap is refused before it is decoded. */
export function toRequest(event: APIGatewayProxyEventV2, remainingMs: number): Request {
  const receivedAt = Date.now()
  return {
    id: event.requestContext.requestId,
    method: event.requestContext.http.method,
    path: event.rawPath,
    rawQuery: event.rawQueryString,
    query: new URLSearchParams(event.rawQueryString),
    pathParameters: event.pathParameters ?? {},
    address: event.requestContext.http.sourceIp,
    headers: event.headers,
    rawBody: rawBody(event),
    receivedAt,
    deadline: receivedAt + remainingMs - timeBudgets.requestReserveMs,
  }
}

function rawBody({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Uint8Array {
  const bytes = isBase64Encoded ? Math.floor((body.length * 3) / 4) - 2 : Buffer.byteLength(body)
  if (bytes > BODY_BYTES) throw bodyTooLarge('The body')
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
}

/** The body with its Content-Encoding undone. Unzipping stops at the cap, so a small bomb stays small. */
export function decodedBody({ headers, rawBody }: Request): Uint8Array {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === '') return rawBody
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw encodingUnsupported()
  }
  try {
    return gunzipSync(rawBody, { maxOutputLength: BODY_BYTES })
  } catch (error) {
    if (error instanceof RangeError) throw bodyTooLarge('The unzipped body')
    throw new Problem('body_invalid', 'The body is not valid gzip data, though its Content-Encoding says so.')
  }
}

export const encodingUnsupported = () =>
  new Problem('content_encoding_unsupported', 'Send the body as it is, or with Content-Encoding: gzip.', {
    headers: { 'accept-encoding': 'gzip' },
  })

export const bodyTooLarge = (what: string) =>
  new Problem('body_too_large', `${what} is larger than ${BODY_BYTES} bytes. Send it in parts.`)

/** The credentials after a scheme in the Authorization header, e.g. `Bearer`; undefined when another or none was sent. */
export function authorizationCredentials(request: Request, scheme: 'Bearer' | 'Basic'): string | undefined {
  const [given = '', ...values] = (request.headers['authorization'] ?? '').trim().split(/\s+/)
  // More than one value is none that anybody has given out; joined, it matches nothing.
  return given.toLowerCase() === scheme.toLowerCase() ? values.join(' ') : undefined
}

/** The address of a request with other parameters, as a path: what host and stage stand in front is not ours to know. */
export function requestUrl({ path, query }: Request, changes: Record<string, string>): string {
  const parameters = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) parameters.set(name, value)
  return `${path}?${parameters}`
}

/** A header that leads to the next page, if there is one (RFC 8288). */
export const nextPageLink = (request: Request, cursor: string | null): Record<string, string> =>
  cursor === null ? {} : { link: `<${requestUrl(request, { cursor })}>; rel="next"` }

/** Whether the client asks for a page, as browsers do; clients without an Accept header get JSON. */
export const prefersHtml = ({ headers }: Request): boolean => /\btext\/html\b/i.test(headers['accept'] ?? '')
