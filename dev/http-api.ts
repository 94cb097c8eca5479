import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { isLocalHost } from './local-requests.ts'
import type { Cors } from './template.ts'

/** API Gateway's limits for a body, and for request line and headers together. */
const REQUEST_BYTES = 10_000_000
const HEADER_BYTES = 10_240
/** Above it, Node itself rejects a request, without a sentence. */
const NODE_HEADER_BYTES = 65_536
/** Lambda's limits for an event and for a response, both as JSON: its error messages name them. */
const EVENT_BYTES = 6_291_456
const RESPONSE_BYTES = 6_291_556
/** The longest form of a character in JSON. */
const ESCAPE_BYTES = 6
/** More than an event or a response has besides its body, as JSON. */
const OTHER_BYTES = 500_000
const TEXT = /^(?:text\/|application\/(?:json|javascript|xml)\b)/i

/** Runs a function; undefined after its timeout. */
export type Invoke = (
  functionName: string,
  event: APIGatewayProxyEventV2,
) => Promise<APIGatewayProxyStructuredResultV2 | undefined>

export interface Gateway {
  routes: ReadonlyMap<string, string>
  cors: Cors
  invoke: Invoke
}

/** A part of AWS in the local run, which has paths of its own. */
export interface LocalService {
  serves(request: IncomingMessage): boolean
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** A request and its response. */
export interface Exchange {
  method: string
  /** Absent if the request was rejected before its route was found. */
  routeKey?: string
  functionName?: string
  event?: APIGatewayProxyEventV2
  result: APIGatewayProxyStructuredResultV2
  /** Duration. */
  ms: number
}

/**
 * An HTTP API with payload format 2.0 in front of functions, as API Gateway has it: events, errors of the gateway itself,
 * CORS. `gateway` is called for each request, because routes may change; while it returns undefined, the status is 503.
 * Requests to a host that is neither local nor one of `hosts` get 421. `services` respond to their paths, and `observe` gets
 * the others after their responses.
 */
export function httpApi(
  gateway: () => Gateway | undefined,
  hosts: readonly string[] = [],
  observe: (exchange: Exchange) => void = () => undefined,
  services: readonly LocalService[] = [],
): Server {
  return createServer({ maxHeaderSize: NODE_HEADER_BYTES }, (request, response) => {
    if (!isLocalHost(request.headers.host ?? '', hosts)) return send(response, FOREIGN_HOST)
    const service = services.find((each) => each.serves(request))
    if (service) return void service.handle(request, response).catch(() => response.destroy())
    const current = gateway()
    if (!current) return send(response, STARTING)
    const start = performance.now()
    respond(request, current)
      .catch(() => ({ result: gatewayError(500, 'Internal Server Error') }))
      .then((outcome) => {
        send(response, withCors(request, outcome.result, current.cors))
        observe({ method: request.method ?? 'GET', ...outcome, ms: performance.now() - start })
      })
  })
}

const gatewayError = (
  statusCode: number,
  message: string,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ message }),
})

const STARTING = gatewayError(503, 'Service Unavailable', { 'retry-after': '1' })

const FOREIGN_HOST: APIGatewayProxyStructuredResultV2 = {
  statusCode: 421,
  headers: { 'content-type': 'application/problem+json' },
  body: JSON.stringify({
    type: 'about:blank',
    title: 'Misdirected Request',
    status: 421,
    code: 'host_not_allowed',
    detail:
      'The Host of a local run must be localhost, an IP address, the host of PUBLIC_URL or a name in ALLOWED_HOSTS. If this name is yours, set one of them and restart npm start.',
  }),
}

/** Returns the response to a request, with what is known of the request. */
async function respond(
  request: IncomingMessage,
  { routes, invoke }: Gateway,
): Promise<Omit<Exchange, 'method' | 'ms'>> {
  const { method = 'GET', url = '/' } = request
  const headers = joinedHeaders(request)
  const body = await readBody(request)
  const headerBytes = bytesOfHeader(request)
  if (headerBytes > HEADER_BYTES) {
    const limits = `request line and headers have ${headerBytes} bytes, and API Gateway accepts ${HEADER_BYTES}`
    return { result: gatewayError(431, `Request Header Fields Too Large: ${limits}.`) }
  }
  if (!body) return { result: gatewayError(413, 'Request Entity Too Large') }
  const cut = url.indexOf('?')
  const path = decodedPath(cut < 0 ? url : url.slice(0, cut))
  if (path === null) return { result: gatewayError(400, 'Bad Request') }
  const { routeKey, pathParameters } = matchRoute(routes, method, path)
  const functionName = routes.get(routeKey)
  if (functionName === undefined) return { routeKey, result: gatewayError(404, 'Not Found') }
  const query = cut < 0 ? '' : url.slice(cut + 1)
  const sourceIp = request.socket.remoteAddress ?? ''
  const event = toEvent({ method, path, query, headers, routeKey, pathParameters, body, sourceIp })
  const known = { routeKey, functionName, event }
  if (isLonger(event, EVENT_BYTES)) return { ...known, result: gatewayError(413, 'Request Entity Too Large') }
  const invoked = invoke(functionName, event).catch(() => gatewayError(500, 'Internal Server Error'))
  const result = (await invoked) ?? gatewayError(503, 'Service Unavailable')
  return { ...known, result: isLonger(result, RESPONSE_BYTES) ? gatewayError(500, 'Internal Server Error') : result }
}

/** Whether an event or a response is too long as JSON. Only long bodies are written as JSON to find out. */
const isLonger = (payload: { body?: string | undefined }, limit: number): boolean =>
  (payload.body?.length ?? 0) * ESCAPE_BYTES > limit - OTHER_BYTES && Buffer.byteLength(JSON.stringify(payload)) > limit

/** Bytes of the request line and of the headers, with their line ends. */
const bytesOfHeader = ({ method = '', url = '', rawHeaders }: IncomingMessage): number =>
  `${method} ${url} HTTP/1.1\r\n`.length + rawHeaders.reduce((sum, text) => sum + text.length + 2, 0)

interface MatchedRoute {
  routeKey: string
  pathParameters: Record<string, string>
}

/** The route of a request: exact routes first, then routes with path parameters, then `$default`. */
function matchRoute(routes: Gateway['routes'], method: string, path: string): MatchedRoute {
  const exact = `${method} ${path}`
  if (routes.has(exact)) return { routeKey: exact, pathParameters: {} }
  for (const routeKey of routes.keys()) {
    if (!routeKey.includes('{')) continue
    const pattern = routeKey.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)').replaceAll('.', '\\.')
    const match = new RegExp(`^${pattern}$`).exec(exact)
    if (match) return { routeKey, pathParameters: { ...match.groups } }
  }
  return { routeKey: '$default', pathParameters: {} }
}

/** Members with the same name, joined with commas. */
function joinRepeated(members: Iterable<readonly [name: string, value: string]>): Record<string, string> {
  const joined: Record<string, string> = {}
  for (const [name, value] of members) joined[name] = Object.hasOwn(joined, name) ? `${joined[name]},${value}` : value
  return joined
}

const joinedHeaders = ({ headersDistinct }: IncomingMessage): Record<string, string> =>
  joinRepeated(
    Object.entries(headersDistinct).flatMap(([name, values = []]) => values.map((value) => [name, value] as const)),
  )

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

interface Call extends MatchedRoute {
  method: string
  path: string
  query: string
  headers: Record<string, string>
  body: Buffer
  sourceIp: string
}

function toEvent(call: Call): APIGatewayProxyEventV2 {
  const { method, path, query, headers, routeKey, pathParameters, body, sourceIp } = call
  const isText = TEXT.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined && isUtf8(body)
  const { cookie, ...others } = headers
  const now = new Date()
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers: others,
    ...(query !== '' && { queryStringParameters: joinRepeated(new URLSearchParams(query)) }),
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

/**
 * Adds the CORS headers to a response to a page, also to errors of the gateway itself. A preflight request reaches
 * `$default` as any other OPTIONS request does:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
function withCors({ method, headers }: IncomingMessage, result: Result, cors: Cors): Result {
  if (headers.origin === undefined) return result
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
  const allowed = { 'access-control-allow-origin': cors.AllowOrigins.join(',') }
  const added = isPreflight
    ? {
        'access-control-allow-methods': cors.AllowMethods.join(','),
        'access-control-allow-headers': cors.AllowHeaders.join(',').toLowerCase(),
        'access-control-max-age': String(cors.MaxAge),
      }
    : { 'access-control-expose-headers': cors.ExposeHeaders.join(',') }
  return { ...result, headers: { ...result.headers, ...allowed, ...added } }
}

function send(response: ServerResponse, { statusCode = 200, headers, cookies, body, isBase64Encoded }: Result): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, String(value))
  if (cookies) response.setHeader('set-cookie', cookies)
  response.statusCode = statusCode
  response.end(body === undefined ? undefined : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))
}

type Result = APIGatewayProxyStructuredResultV2
