import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Cors } from './template.ts'

/** API Gateway's own limit for a request, and Lambda's for the event that is made of it and for the answer, as JSON. */
const REQUEST_BYTES = 10_000_000
const EVENT_BYTES = 6_291_456
/** Of a character in JSON, at most. */
const ESCAPE_BYTES = 6
const TEXT = /^(?:text\/|application\/(?:json|javascript|xml)\b)/i

/** Runs a function; undefined when it took too long. */
export type Invoke = (
  functionName: string,
  event: APIGatewayProxyEventV2,
) => Promise<APIGatewayProxyStructuredResultV2 | undefined>

export interface Gateway {
  routes: ReadonlyMap<string, string>
  cors: Cors
  invoke: Invoke
}

/**
 * An HTTP API with payload format 2.0 in front of functions, as API Gateway has it: its event, its own answers, its
 * CORS. `gateway` is asked anew for each request, so that routes may change under way; until there is one, the
 * service is unavailable.
 */
export function httpApi(gateway: () => Gateway | undefined): Server {
  return createServer((request, response) => {
    const current = gateway()
    if (!current) return send(response, own(503, 'Service Unavailable'))
    answer(request, current).then(
      (result) => send(response, result),
      () => send(response, own(500, 'Internal Server Error')),
    )
  })
}

const own = (statusCode: number, message: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message }),
})

async function answer(request: IncomingMessage, { routes, cors, invoke }: Gateway) {
  const { method = 'GET', url = '/' } = request
  const headers = joinedHeaders(request)
  if (
    method === 'OPTIONS' &&
    headers['origin'] !== undefined &&
    headers['access-control-request-method'] !== undefined
  ) {
    return preflight(cors)
  }
  const body = await readBody(request)
  if (!body) return own(413, 'Request Entity Too Large')
  const cut = url.indexOf('?')
  const path = decodedPath(cut < 0 ? url : url.slice(0, cut))
  if (path === null) return own(400, 'Bad Request')
  const { routeKey, pathParameters } = matched(routes, method, path)
  const functionName = routes.get(routeKey)
  if (functionName === undefined) return own(404, 'Not Found')
  const query = cut < 0 ? '' : url.slice(cut + 1)
  const sourceIp = request.socket.remoteAddress ?? ''
  const event = toEvent({ method, path, query, headers, routeKey, pathParameters, body, sourceIp })
  if ((event.body?.length ?? 0) > EVENT_BYTES) return own(413, 'Request Entity Too Large')
  const result = (await invoke(functionName, event)) ?? own(503, 'Service Unavailable')
  if (isTooLarge(result)) return own(500, 'Internal Server Error')
  return headers['origin'] === undefined ? result : { ...result, headers: { ...result.headers, ...allowed(cors) } }
}

const isTooLarge = (result: APIGatewayProxyStructuredResultV2): boolean =>
  (result.body?.length ?? 0) * ESCAPE_BYTES > EVENT_BYTES && Buffer.byteLength(JSON.stringify(result)) > EVENT_BYTES

interface Matched {
  routeKey: string
  pathParameters: Record<string, string>
}

/** The route of a request: one without parameters goes before one with some, and `$default` takes what is left. */
function matched(routes: Gateway['routes'], method: string, path: string): Matched {
  const exact = `${method} ${path}`
  if (routes.has(exact)) return { routeKey: exact, pathParameters: {} }
  for (const routeKey of routes.keys()) {
    if (!routeKey.includes('{')) continue
    const pattern = routeKey.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)').replaceAll('.', '\\.')
    const found = new RegExp(`^${pattern}$`).exec(exact)
    if (found) return { routeKey, pathParameters: { ...found.groups } }
  }
  return { routeKey: '$default', pathParameters: {} }
}

function joinedHeaders({ rawHeaders }: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    const value = rawHeaders[index + 1] ?? ''
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value
  }
  return headers
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= REQUEST_BYTES) chunks.push(chunk)
  }
  return size > REQUEST_BYTES ? null : Buffer.concat(chunks)
}

function decodedPath(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

interface Call {
  method: string
  path: string
  query: string
  headers: Record<string, string>
  routeKey: string
  pathParameters: Record<string, string>
  body: Buffer
  sourceIp: string
}

function toEvent({
  method,
  path,
  query,
  headers,
  routeKey,
  pathParameters,
  body,
  sourceIp,
}: Call): APIGatewayProxyEventV2 {
  const isText = TEXT.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined && isUtf8(body)
  const { cookie, ...others } = headers
  const parameters: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = Object.hasOwn(parameters, name) ? `${parameters[name]},${value}` : value
  }
  const now = new Date()
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers: others,
    ...(query !== '' && { queryStringParameters: parameters }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers['host'] ?? 'localhost',
      domainPrefix: 'localhost',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: headers['user-agent'] ?? '' },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}

const allowed = ({ AllowOrigins, ExposeHeaders }: Cors) => ({
  'access-control-allow-origin': AllowOrigins.join(','),
  'access-control-expose-headers': ExposeHeaders.join(','),
})

const preflight = (cors: Cors): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 204,
  headers: {
    'access-control-allow-origin': cors.AllowOrigins.join(','),
    'access-control-allow-methods': cors.AllowMethods.join(','),
    'access-control-allow-headers': cors.AllowHeaders.join(',').toLowerCase(),
    'access-control-max-age': String(cors.MaxAge),
  },
})

function send(response: ServerResponse, { statusCode = 200, headers, cookies, body, isBase64Encoded }: Result): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, String(value))
  if (cookies) response.setHeader('set-cookie', cookies)
  response.statusCode = statusCode
  response.end(body === undefined ? undefined : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))
}

type Result = APIGatewayProxyStructuredResultV2
