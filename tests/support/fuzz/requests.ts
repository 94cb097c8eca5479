import fc from 'fast-check'
import type { Exchange, Sent } from '../openapi/document.ts'

/** Texts that parsers, keys, queries and pages often treat wrongly. */
const TEXTS = [
  ...['', ' ', '0', '-1', '1e309', '0x10', 'NaN', 'null', 'true', '[]', '{}', '__proto__', 'constructor', 'toString'],
  ...["' OR '1'='1", '../../etc/passwd', '..%2f', '<script>alert(1)</script>', '$' + '{7*7}', '=1+1', 'a\r\nX-Evil: 1'],
  ...['\u0000', '\ud800', '\u202e', '\u{1f600}', 'ä'.repeat(300), 'x'.repeat(3_000), '9'.repeat(400), '2026-13-45'],
  ...['253402300800000', '-62135596800', '#', 'a#b', 'default', '~', 'time,desc', ',', 'a@b.example', '127.0.0.1'],
]

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['accept', ['text/html', 'application/json', '*/*;q=0', 'a/b;;;', 'x'.repeat(2_000)]],
  ['content-type', ['application/json', 'text/csv', 'application/x-ndjson', 'application/msgpack', 'text/plain']],
  ['content-type', ['multipart/form-data', 'multipart/form-data; boundary=x', 'text/csv; charset=utf-16', ';', '']],
  ['content-type', ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=x']],
  ['content-encoding', ['gzip', 'br', 'identity', 'gzip, gzip']],
  ['idempotency-key', ['k', 'k'.repeat(255), 'k'.repeat(256), ' ', 'ä']],
  ['range', ['bytes=0-0', 'bytes=-1', 'bytes=9-1', 'bytes=0-0,2-3', 'lines=1-2']],
  ['content-md5-salted', ['0'.repeat(32), 'not hex', '']],
  ['content-sha256-salted', ['f'.repeat(64)]],
  ['x-token', ['a', 'a.b.c']],
  ['origin', ['https://evil.example', 'null']],
  ['x-forwarded-for', ['10.0.0.1', 'x']],
]

const BODIES = [
  ...['{"a":[1,2],"a":[3]}', '[[1]]', '{"__proto__":{"x":1}}', '['.repeat(5_000), '{"time":["x",1e400,null]}'],
  ...['a,b\n1\n', 'time;co2\n1,5;2', '\ufeffa\n1', '"a\n1', 'a\tb\n1\t2', 'a=1&a=2&=3&%zz=%', '--x\r\n\r\n--x--'],
]

/** A request: that of an example of the API description, with changes. */
export interface FuzzRequest {
  exchange: Exchange
  sent: Sent
  /** Number of the credential; 0 for the one of the example. */
  credential: number
  method?: string
  pathSuffix?: string
  rawBody?: string | Uint8Array<ArrayBuffer>
}

type Change = (request: FuzzRequest) => FuzzRequest

const text = fc.constantFrom(...TEXTS)

const changeQuery = fc.tuple(fc.nat(), text).map(
  ([at, value]): Change =>
    (request) => {
      const { parameters } = request.exchange.operation
      const names = ['unknown', ...parameters.filter((each) => each.in === 'query').map(({ name }) => name)]
      const query = { ...request.sent.query, [names[at % names.length] ?? '']: value }
      return { ...request, sent: { ...request.sent, query } }
    },
)

const changePath = fc.tuple(fc.nat(), text).map(
  ([at, value]): Change =>
    (request) => {
      const names = Object.keys(request.sent.path ?? {})
      const path = { ...request.sent.path, [names[at % names.length] ?? '']: value }
      return names.length === 0 ? request : { ...request, sent: { ...request.sent, path } }
    },
)

/** Replaces, adds or removes a member of a JSON or form body. */
const changeMember = fc.tuple(fc.nat(), fc.oneof(fc.jsonValue({ maxDepth: 2 }), text, fc.constant(undefined))).map(
  ([at, value]): Change =>
    (request) => {
      const { body } = request.sent
      if (typeof body !== 'object' || body === null) return request
      if (Array.isArray(body))
        return { ...request, sent: { ...request.sent, body: body.with(at % body.length, value) } }
      const names = [...Object.keys(body), 'unknown']
      return { ...request, sent: { ...request.sent, body: { ...body, [names[at % names.length] ?? '']: value } } }
    },
)

const changeHeader = fc.constantFrom(...HEADERS).chain(([name, values]) =>
  fc.constantFrom(...values).map(
    (value): Change =>
      (request) => ({ ...request, sent: { ...request.sent, headers: { ...request.sent.headers, [name]: value } } }),
  ),
)

const changeBody = fc
  .oneof(fc.json({ maxDepth: 4 }), fc.constantFrom(...BODIES, ...TEXTS), fc.uint8Array({ maxLength: 200 }))
  .map(
    (rawBody): Change =>
      (request) => ({ ...request, rawBody: typeof rawBody === 'string' ? rawBody : new Uint8Array(rawBody) }),
  )

const changeTarget = fc.oneof(
  fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH').map(
    (method): Change =>
      (request) => ({ ...request, method }),
  ),
  fc.constantFrom('/', '//', '/x', '%', '%2e%2e/', ';a=b', '?', '&a').map(
    (pathSuffix): Change =>
      (request) => ({ ...request, pathSuffix }),
  ),
)

const change = fc.oneof(
  { weight: 5, arbitrary: changeQuery },
  { weight: 2, arbitrary: changePath },
  { weight: 4, arbitrary: changeMember },
  { weight: 3, arbitrary: changeHeader },
  { weight: 2, arbitrary: changeBody },
  { weight: 1, arbitrary: changeTarget },
)

/** Requests to every operation of the description. Most have one or two changes, and one in two another credential. */
export const fuzzRequests = (exchanges: readonly Exchange[], credentials: number): fc.Arbitrary<FuzzRequest> =>
  fc
    .tuple(
      fc.constantFrom(...exchanges),
      fc.oneof(fc.constant(0), fc.nat({ max: credentials - 1 })),
      fc.array(change, { maxLength: 3 }),
    )
    .map(([exchange, credential, changes]) =>
      changes.reduce<FuzzRequest>((request, apply) => apply(request), { exchange, sent: exchange.sent, credential }),
    )
