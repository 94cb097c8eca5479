import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'

/** An unauthenticated request, from an event of API Gateway (payload format 2.0). */
export interface Request {
  id: string
  method: string
  /** Percent-decoded. */
  path: string
  /** Exactly as sent, without the question mark. */
  rawQuery: string
  query: URLSearchParams
  /** Values of the placeholders in the route. */
  pathParameters: Readonly<Record<string, string | undefined>>
  /** IP address that sent the request: of the client, or of a proxy, which many clients share. See `clientAddress`. */
  address: string
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  /** The body as received, possibly compressed. Checksums cover these bytes. */
  rawBody: Uint8Array
  /** UNIX milliseconds. */
  receivedAt: number
  /** UNIX milliseconds after which no work may start: Lambda ends the function soon after. */
  deadline: number
}

/**
 * Lambda accepts events of up to 6,291,456 bytes as JSON, and rejects others before they arrive here.
 *
 * @limit Requests | bytes of a request body, before and after decompression. About 5,200,000 for JSON and CSV, whose quotes
 * and line ends have two bytes each in Lambda. About 4,700,000 for forms, MessagePack, NDJSON and gzip, which Lambda
 * receives in base64
 */
const BODY_BYTES = 6_000_000

/** Converts an event. Throws `body_too_large` before the body is decoded. */
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

/** Returns the body without its Content-Encoding. Decompression stops at the limit, as protection from zip bombs. */
export function decodeBody({ headers, rawBody }: Request): Uint8Array {
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === '') return rawBody
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw encodingUnsupported()
  }
  // Loaded on first use: few clients compress bodies, and an import would slow down each start.
  const { gunzipSync } = process.getBuiltinModule('node:zlib')
  try {
    return gunzipSync(rawBody, { maxOutputLength: BODY_BYTES })
  } catch (error) {
    if (error instanceof RangeError) throw bodyTooLarge('The decompressed body')
    throw new Problem('body_invalid', 'The body must be gzip data, as its Content-Encoding says.')
  }
}

export const encodingUnsupported = () =>
  new Problem(
    'content_encoding_unsupported',
    'Send the body without Content-Encoding, or with Content-Encoding: gzip.',
    {
      headers: { 'accept-encoding': 'gzip' },
    },
  )

export const bodyTooLarge = (subject: string) =>
  new Problem('body_too_large', `${subject} has more than ${BODY_BYTES} bytes. Send it in parts.`)

/** Returns the credentials after a scheme in `Authorization`, or undefined if the request does not use the scheme. */
export function authorizationCredentials(
  request: Request,
  scheme: 'Bearer' | 'Basic' | 'DPoP' | 'Token',
): string | undefined {
  const [, name = '', value = ''] = /^(\S*)\s*(.*)$/s.exec((request.headers['authorization'] ?? '').trim()) ?? []
  return name.toLowerCase() === scheme.toLowerCase() ? value : undefined
}

/** Returns path and query of a request with changed parameters. A custom domain may add a prefix to the path. */
export function requestUrl({ path, query }: Request, changes: Record<string, string>): string {
  const parameters = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) parameters.set(name, value)
  return `${path}?${parameters}`
}

/** Returns a `Link` header to the URL of the next page, if there is one (RFC 8288). */
export const nextPageLink = (url: string | null): Record<string, string> =>
  url === null ? {} : { link: `<${url}>; rel="next"` }

/** Whether the client accepts HTML, as browsers do. Clients without an Accept header get JSON. */
export const prefersHtml = ({ headers }: Request): boolean => /\btext\/html\b/i.test(headers['accept'] ?? '')
