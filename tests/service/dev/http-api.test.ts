// @module-tag local-only
// These tests start the HTTP server of the local run.
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { listenLocally } from '../../../dev/free-port.ts'
import { type Gateway, httpApi } from '../../../dev/http-api.ts'
import { closed } from '../../support/server.ts'

const gatewayOf = (body: string): Gateway => ({
  routes: new Map([['GET /large', 'large']]),
  cors: { AllowOrigins: ['*'], AllowMethods: [], AllowHeaders: [], ExposeHeaders: [], MaxAge: 0 },
  invoke: async () => ({ statusCode: 200, body }),
})

it.each([
  ['plain text', 'a'.repeat(6_200_000), 200],
  ['plain text beyond 6 MB', 'a'.repeat(6_300_000), 500],
  ['text that JSON writes six times as long', '\u0001'.repeat(1_100_000), 500],
])('fails a function whose response exceeds the limit of Lambda: %s', async (_, body, status) => {
  const server = httpApi(() => gatewayOf(body))
  const url = await listenLocally(server)
  const answer = await fetch(`${url}/large`)
  expect(answer.status).toBe(status)
  expect((await answer.text()).length).toBe(status === 200 ? body.length : '{"message":"Internal Server Error"}'.length)
  await closed(server)
})

it('responds 503 with Retry-After while the functions start', async () => {
  const server = httpApi(() => undefined)
  const { status, headers } = await fetch(await listenLocally(server))
  expect([status, headers.get('retry-after')]).toEqual([503, '1'])
  await closed(server)
})

describe('every error of the gateway itself has CORS headers', () => {
  const gateway = (invoke: Gateway['invoke']): Gateway => ({
    routes: new Map([['POST /upload', 'upload']]),
    cors: { AllowOrigins: ['*'], AllowMethods: [], AllowHeaders: [], ExposeHeaders: ['Retry-After'], MaxAge: 0 },
    invoke,
  })

  // As in `fruitcake/laravel-cors`#306, `rse-grand-challenge`#2620 and `firefox-devtools/profiler`#998 (413).
  const cases: [name: string, path: string, body: string, status: number, invoke: Gateway['invoke']][] = [
    ['413 for 10 MB', '/upload', 'a'.repeat(10_000_001), 413, async () => ({ statusCode: 200 })],
    ['413 for 6 MB', '/upload', 'a'.repeat(6_300_000), 413, async () => ({ statusCode: 200 })],
    ['400', '/%ff', '', 400, async () => ({ statusCode: 200 })],
    ['404', '/other', '', 404, async () => ({ statusCode: 200 })],
    ['500 for a large response', '/upload', '', 500, async () => ({ statusCode: 200, body: 'a'.repeat(6_300_000) })],
    ['500 for a crash', '/upload', '', 500, () => Promise.reject(new Error('crash'))],
    ['503 for a timeout', '/upload', '', 503, async () => undefined],
  ]

  it.each(cases)('%s', async (_, path, body, status, invoke) => {
    const server = httpApi(() => gateway(invoke))
    const url = await listenLocally(server)
    const headers = { origin: 'https://app.example', 'content-type': 'text/csv' }
    const answer = await fetch(url + path, { method: 'POST', headers, body })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, '*'])
    expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After')
    await closed(server)
  })
})

describe('the limits of API Gateway and Lambda', () => {
  async function send(init: RequestInit, path = '/upload') {
    const server = httpApi(() => ({ ...gatewayOf('ok'), routes: new Map([['$default', 'upload']]) }))
    const url = await listenLocally(server)
    const answer = await fetch(url + path, init)
    const result = { status: answer.status, body: await answer.text() }
    await closed(server)
    return result
  }
  const upload = (body: string, type = 'text/csv') =>
    send({ method: 'POST', body, headers: { 'content-type': type } }).then(({ status }) => status)

  // Lambda: "Request must be smaller than 6291456 bytes for the InvokeFunction operation".
  it.each([
    ['a text', 'a'.repeat(6_290_000), 200],
    ['a text with quotes and line ends, which have two bytes', '"a"\n'.repeat(898_000), 200],
    ['too many quotes and line ends', '"a"\n'.repeat(899_000), 413],
    ['too many control characters, which have six bytes', '\u0001'.repeat(1_048_576), 413],
  ])('count the event as JSON: %s', async (_, body, status) => {
    expect(await upload(body)).toBe(status)
  })

  it('count a binary body in base64', async () => {
    expect(await upload('a'.repeat(4_717_000), 'application/msgpack')).toBe(200)
    expect(await upload('a'.repeat(4_719_000), 'application/msgpack')).toBe(413)
  })

  it('allow a request line and headers of 10,240 bytes together', async () => {
    const short = await send({ headers: { 'x-long': 'a'.repeat(4_900) } }, `/download?cols=${'a'.repeat(4_900)}`)
    expect(short).toEqual({ status: 200, body: 'ok' })
    for (const length of [10_240, 40_000]) {
      const { status, body } = await send({}, `/download?cols=${'a'.repeat(length)}`)
      expect(status).toBe(431)
      expect(body).toMatch(
        /^\{"message":"Request Header Fields Too Large: request line and headers have \d+ bytes, and API Gateway accepts 10240\."\}$/,
      )
    }
  })
})

describe('OPTIONS', () => {
  const cors = {
    AllowOrigins: ['https://app.example'],
    AllowMethods: ['GET', 'POST'],
    AllowHeaders: ['X-Token'],
    ExposeHeaders: ['Link'],
    MaxAge: 600,
  }
  const preflight = { origin: 'https://app.example', 'access-control-request-method': 'POST' }
  const granted = {
    'access-control-allow-origin': 'https://app.example',
    'access-control-allow-methods': 'GET,POST',
    'access-control-allow-headers': 'x-token',
    'access-control-max-age': '600',
  }

  async function send(headers: Record<string, string>, statusCode: number) {
    const events: string[] = []
    const server = httpApi(() => ({
      routes: new Map([
        ['POST /upload', 'upload'],
        ['$default', 'notFound'],
      ]),
      cors,
      invoke: async (name, { routeKey, requestContext }) => {
        events.push(`${name} ${routeKey} ${requestContext.http.method}`)
        return { statusCode, headers: { 'access-control-allow-origin': 'https://evil.example' } }
      },
    }))
    const answer = await fetch(`${await listenLocally(server)}/upload`, { method: 'OPTIONS', headers })
    await closed(server)
    return { status: answer.status, headers: Object.fromEntries(answer.headers), events }
  }

  // The guide http-api-cors of API Gateway: "The $default route catches requests for all methods and routes that you
  // haven't explicitly defined, including OPTIONS requests."
  it.each([204, 404])('of a preflight reaches $default, whose status the gateway returns: %i', async (status) => {
    const answer = await send(preflight, status)
    expect(answer).toMatchObject({ status, headers: granted, events: ['notFound $default OPTIONS'] })
    expect(answer.headers).not.toHaveProperty('access-control-expose-headers')
  })

  it('without Access-Control-Request-Method gets no preflight headers', async () => {
    const answer = await send({ origin: 'https://app.example' }, 204)
    expect(answer.headers).toMatchObject({ 'access-control-expose-headers': 'Link' })
    expect(answer.headers).not.toHaveProperty('access-control-allow-methods')
    expect(answer.events).toEqual(['notFound $default OPTIONS'])
  })
})

describe('a request to a Host', () => {
  async function send(host: string, method = 'GET'): Promise<{ status: number; headers: object; body: string }> {
    const server = httpApi(() => gatewayOf('large'), ['Latchkey.Example', 'board'])
    const url = await listenLocally(server)
    const response = await new Promise<{ status: number; headers: object; body: string }>((resolve, reject) => {
      const headers = { host, origin: 'https://evil.example', 'access-control-request-method': 'GET' }
      const sent = request(`${url}/large`, { method, headers }, (incoming) => {
        const { statusCode = 0, headers: received } = incoming
        text(incoming).then((body) => resolve({ status: statusCode, headers: received, body }), reject)
      })
      sent.once('error', reject)
      sent.end()
    })
    await closed(server)
    return response
  }

  it.each([
    'localhost',
    'LOCALHOST:3000',
    'app.localhost:3000',
    '127.0.0.1',
    '127.0.0.1:3000',
    '192.168.1.20:3000',
    '[::1]:3000',
    '[fe80::1]',
    'latchkey.example',
    'board:3000',
  ])('of this machine or in ALLOWED_HOSTS succeeds: %s', async (host) => {
    expect(await send(host)).toMatchObject({ status: 200, body: 'large' })
  })

  it.each([
    ['evil.example', 'GET'],
    ['evil.example:3000', 'OPTIONS'],
    ['localhost.evil.example', 'POST'],
    ['127.0.0.1.evil.example', 'GET'],
    ['sub.latchkey.example', 'GET'],
  ])('of another name gets 421 and no CORS headers: %s %s', async (host, method) => {
    const { status, headers, body } = await send(host, method)
    expect([status, JSON.parse(body)]).toEqual([
      421,
      {
        type: 'about:blank',
        title: 'Misdirected Request',
        status: 421,
        code: 'host_not_allowed',
        detail:
          'The Host of a local run must be localhost, an IP address, the host of PUBLIC_URL or a name in ALLOWED_HOSTS. If this name is yours, set one of them and restart npm start.',
      },
    ])
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json' })
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  })
})
