import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': expect.stringContaining("default-src 'none'"),
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

describe('every response', () => {
  it.each(['/health', '/nowhere', '/register', '/download', '/token'])(
    'of %s has the security headers',
    async (path) => {
      const { headers } = await latchkey.call(path)
      expect(Object.fromEntries(headers)).toMatchObject(SECURITY_HEADERS)
    },
  )
})

describe('unknown routes', () => {
  it.each([
    ['GET', '/nowhere'],
    ['DELETE', '/upload'],
    ['GET', '/upload'],
    ['POST', '/download'],
    ['GET', '/token/x'],
    ['GET', '/token//'],
    ['PUT', '/register'],
  ])('%s %s returns 404 as problem details', async (method, path) => {
    const answer = await latchkey.call(path, { method })
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(await answer.json()).toEqual({
      type: 'urn:latchkey:problem:not_found',
      title: 'The resource does not exist',
      status: 404,
      detail: 'No endpoint has this method and path. See /docs.',
      code: 'not_found',
      request_id: expect.any(String),
    })
  })
})

describe('CORS', () => {
  it('responds to a preflight with 204 without reading a table', async () => {
    latchkey.database.commands.length = 0
    const answer = await latchkey.call('/upload', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-md5-salted',
      },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET,HEAD,POST,DELETE')
    const allowed = answer.headers.get('access-control-allow-headers')?.split(',')
    expect(allowed).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'idempotency-key', 'content-sha3_256-salted']),
    )
    expect(await answer.text()).toBe('')
    expect(latchkey.database.commands).toEqual([])
  })

  // As in `formbricks`#5225, `contentful.js`#1381 and `posthog`#9639: what browsers, fetch libraries and tracing add.
  it.each([
    'cache-control,pragma,expires,if-modified-since,if-none-match',
    'sentry-trace,baggage,traceparent,tracestate,request-id',
    'x-requested-with,x-request-id,x-correlation-id,range',
    'x-datadog-trace-id,x-datadog-parent-id,x-datadog-origin,x-datadog-sampling-priority',
    'b3,x-b3-traceid,x-b3-spanid,x-b3-parentspanid,x-b3-sampled,x-amzn-trace-id,newrelic,uber-trace-id',
  ])('allows %s', async (names) => {
    const answer = await latchkey.call('/submit', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': names,
      },
    })
    const allowed = answer.headers.get('access-control-allow-headers')?.split(',')
    expect(allowed).toEqual(expect.arrayContaining(names.split(',')))
  })

  it('allows a page to read responses and important headers, also of errors', async () => {
    const answer = await latchkey.call('/download', { headers: { origin: 'https://app.example' } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-expose-headers')).toContain('Link')
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Latchkey-More')
    // As in `modelix`#1658: API Gateway may rename WWW-Authenticate.
    expect(answer.headers.get('access-control-expose-headers')?.toLowerCase()).toContain(
      'x-amzn-remapped-www-authenticate',
    )
  })
})

describe('GET /health', () => {
  it('returns ok while the tables respond', async () => {
    const answer = await latchkey.call('/health/')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      unreachable: [],
    })
  })

  it('names the table that does not respond', async () => {
    latchkey.database.plan = (command, body) =>
      command === 'DescribeTable' && body.includes('tokens') ? 'failing' : undefined
    const answer = await latchkey.call('/health')
    latchkey.database.plan = () => undefined
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ status: 'degraded', unreachable: ['tokens'] })
  })
})

describe('a failing store', () => {
  it.each(['throttled', 'failing', 'never arrives'] as const)(
    'that is %s returns 503 with Retry-After, without the cause',
    async (fault) => {
      const { client_id } = await latchkey.register()
      latchkey.database.plan = () => fault
      const answer = await latchkey.call(`/token?client_id=${client_id}`)
      latchkey.database.plan = () => undefined
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toBe('5')
      const body = await answer.text()
      expect(JSON.parse(body)).toMatchObject({ code: 'storage_unavailable' })
      expect(body).not.toMatch(/purpose|Exception|ECONN|dynamodb/i)
    },
  )

  it('that recovers in time causes no error', async () => {
    let faults = 0
    latchkey.database.plan = () => {
      faults += 1
      return faults < 3 ? 'throttled' : undefined
    }
    const client = await latchkey.register()
    latchkey.database.plan = () => undefined
    expect(client.client_id).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('an internal error', () => {
  it('returns 500 without its cause', localOnly('It breaks a setting that functions have read.'), async () => {
    const { client_id } = await latchkey.register()
    const keys = process.env['SIGNING_KEYS']
    process.env['SIGNING_KEYS'] = '{"keys":[{"kty":"RSA"}]}'
    const answer = await latchkey.call(`/token?client_id=${client_id}`)
    process.env['SIGNING_KEYS'] = keys
    expect(answer.status).toBe(500)
    expect(await answer.json()).toEqual({
      type: 'urn:latchkey:problem:internal_error',
      title: 'Internal error',
      status: 500,
      detail: 'The request failed because of an internal error. It is safe to retry it.',
      code: 'internal_error',
      request_id: expect.any(String),
    })
  })
})
