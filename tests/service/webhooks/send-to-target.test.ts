// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { createHmac } from 'node:crypto'
import dns from 'node:dns'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type Server } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { listenLocally } from '../../../dev/free-port.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'
import type { OutgoingEvent } from '../../../lib/webhooks/send-failure.ts'
import { sendToTarget } from '../../../lib/webhooks/send-to-target.ts'
import { rejection } from '../../support/problems.ts'
import { closed } from '../../support/server.ts'

/** An address of this machine that is treated as public. */
let publicHere: string | undefined
vi.mock(import('../../../lib/core/public-address.ts'), async (original) => {
  const { isPublicAddress } = await original()
  return { isPublicAddress: (address) => address === publicHere || isPublicAddress(address) }
})

interface Received {
  method: string | undefined
  path: string | undefined
  headers: IncomingHttpHeaders
  body: Buffer
}

const received: Received[] = []
let respond: (response: ServerResponse) => void
const target = createServer(async (request, response) => {
  const { method, url: path, headers } = request
  received.push({ method, path, headers, body: await buffer(request) })
  respond(response)
})
let url: string

beforeAll(async () => {
  url = `${await listenLocally(target)}/hooks?tenant=a`
})
beforeEach(() => {
  received.length = 0
  respond = (response) => response.writeHead(204).end()
  onStage('local')
})
afterEach(() => {
  vi.restoreAllMocks()
  publicHere = undefined
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await closed(target)
})

function onStage(stage: string): void {
  vi.stubEnv('STAGE', stage)
  clearSettingsCache()
}

const SECRET = `whsec_${Buffer.from('the secret of the team').toString('base64')}`
const OLD_SECRET = `whsec_${Buffer.from('the secret of last year').toString('base64')}`
const TEXT = '{"id":"evt_1","name":"Zoë","amount":12345678901234567890}'

const event = (changes: Partial<OutgoingEvent> = {}): OutgoingEvent => ({
  id: 'stripe:evt_1',
  provider: 'stripe',
  type: 'invoice.paid',
  receivedAt: Date.UTC(2026, 0, 2),
  contentType: 'application/json; charset=utf-8',
  body: Buffer.from(TEXT),
  ...changes,
})

const send = (changes: Partial<OutgoingEvent> = {}, to = url, secrets: readonly string[] = [SECRET], ms = 60_000) =>
  sendToTarget(event(changes), to, secrets, Date.now() + ms)

async function listenOn(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
}

/** The one request that arrived, with its headers as a receiver passes them on. */
function delivery() {
  const [one, ...others] = received
  if (!one || others.length > 0) throw new Error(`${received.length} requests`)
  return {
    ...one,
    fields: Object.fromEntries(Object.entries(one.headers).map(([name, value]) => [name, String(value)])),
  }
}

describe('an event that is sent to a target', () => {
  it('has its bytes and content type, and says where it is from', async () => {
    await expect(send()).resolves.toBeUndefined()
    const { method, path, headers, body } = delivery()
    expect([method, path, body.toString()]).toEqual(['POST', '/hooks?tenant=a', TEXT])
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(TEXT)),
      'user-agent': 'latchkey',
      'webhook-id': 'stripe:evt_1',
      'x-latchkey-provider': 'stripe',
      'x-latchkey-type': 'invoice.paid',
    })
  })

  it('is accepted by unmodified receivers of Standard Webhooks and Svix', async () => {
    await send()
    const { body, fields } = delivery()
    expect(new Webhook(SECRET).verify(body, fields)).toEqual(JSON.parse(TEXT))
    expect(() => new SvixWebhook(SECRET).verify(body, fields)).not.toThrow()
    expect(() => new SvixWebhook(OLD_SECRET).verify(body, fields)).toThrow('No matching signature')
    expect(() => new Webhook(OLD_SECRET).verify(body, fields)).toThrow('No matching signature')
    expect(() => new Webhook(SECRET).verify(`${TEXT} `, fields)).toThrow('No matching signature')
    expect(() => new Webhook(SECRET).verify(body, { ...fields, 'webhook-id': 'stripe:evt_2' })).toThrow('No matching')
  })

  it('is signed with every secret, so that a receiver can change its own at any time', async () => {
    await send({}, url, [SECRET, OLD_SECRET])
    const { body, fields } = delivery()
    expect(fields['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
    for (const secret of [SECRET, OLD_SECRET]) expect(new Webhook(secret).verify(body, fields)).toBeTypeOf('object')
  })

  it('has the time of the attempt', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 5, 1, 12, 0, 0, 999) })
    await send()
    vi.useRealTimers()
    expect(delivery().headers['webhook-timestamp']).toBe(String(Date.UTC(2026, 5, 1, 12) / 1000))
  })

  it('may have a body that is not UTF-8, which is sent and signed byte for byte', async () => {
    const body = Buffer.from([0x3c, 0xe9, 0xff, 0x00, 0x3e])
    await send({ body, contentType: 'text/xml; charset=iso-8859-1' })
    const { body: arrived, headers } = delivery()
    expect(arrived).toEqual(body)
    const signed = Buffer.concat([Buffer.from(`stripe:evt_1.${headers['webhook-timestamp']}.`), body])
    const hmac = createHmac('sha256', Buffer.from('the secret of the team')).update(signed)
    expect(headers['webhook-signature']).toBe(`v1,${hmac.digest('base64')}`)
  })

  it('may be a part of a larger buffer, or empty', async () => {
    const larger = new TextEncoder().encode(`##${TEXT}##`)
    await send({ body: larger.subarray(2, -2) })
    expect(new Webhook(SECRET).verify(delivery().body, delivery().fields)).toEqual(JSON.parse(TEXT))
    received.length = 0
    await send({ body: new Uint8Array() })
    expect(new Webhook(SECRET).verify(delivery().body, delivery().fields)).toBeUndefined()
  })

  it('is JSON if the provider sent no content type', async () => {
    await send({ contentType: '', type: null })
    expect(delivery().headers['content-type']).toBe('application/json')
    expect(delivery().headers).not.toHaveProperty('x-latchkey-type')
  })

  it('has headers of ASCII only, whatever the provider sent', async () => {
    const type = ` paid\r\nx-evil: 1 é\u{1f600}\ud800${'t'.repeat(10_000)}`
    await send({ id: 'stripe:é\n1', type, contentType: 'text/plain\r\nx-evil: 2' })
    const { headers, fields, body } = delivery()
    expect(headers).not.toHaveProperty('x-evil')
    expect(headers['webhook-id']).toBe('stripe:%C3%A9%0A1')
    expect(headers['content-type']).toBe('text/plain%0D%0Ax-evil: 2')
    expect(headers['x-latchkey-type']).toMatch(/^paid%0D%0Ax-evil: 1 %C3%A9%F0%9F%98%80%EF%BF%BDt{200,256}$/)
    expect(new Webhook(SECRET).verify(body, fields)).toBeTypeOf('object')
  })
})

describe('an event is delivered', () => {
  it.each([200, 201, 202, 204, 299])('if the target responds with %d', async (status) => {
    respond = (response) => response.writeHead(status).end()
    await expect(send()).resolves.toBeUndefined()
  })

  it('if the response is huge, of which it reads a part', async () => {
    let written = 0
    respond = (response) => {
      response.writeHead(200)
      const write = () => {
        if (response.destroyed) return
        written += 65_536
        response.write('x'.repeat(65_536), () => setImmediate(write))
      }
      write()
    }
    await send()
    expect(written).toBeLessThan(50_000_000)
  })

  it('if the response breaks off, or does not end in time, after its status', async () => {
    respond = (response) => response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())
    await send()
    respond = (response) => void response.writeHead(200).write('{')
    await send({}, url, [SECRET], 300)
    expect(received).toHaveLength(2)
  })
})

describe('an event is not delivered', () => {
  const facts = { provider: 'stripe', operation: 'target' }

  it.each([301, 302, 303, 307, 308])('if the target redirects with %d, which is not followed', async (status) => {
    respond = (response) => response.writeHead(status, { location: '/elsewhere' }).end()
    const problem = await rejection(send())
    expect(problem).toMatchObject({ code: 'provider_refused', facts: { ...facts, status, reason: 'redirect' } })
    expect(received).toHaveLength(1)
  })

  it.each([
    [400, undefined],
    [401, undefined],
    [404, undefined],
    [410, 'gone'],
    [413, undefined],
  ])('if the target rejects it with %d', async (status, reason) => {
    respond = (response) => response.writeHead(status).end('{"secret":"of the response"}')
    const problem = await rejection(send())
    expect(problem).toMatchObject({
      code: 'provider_refused',
      message: 'The target of stripe rejected this request.',
      headers: {},
      facts: { ...facts, status, reason, retryAfterSeconds: undefined },
    })
  })

  it.each([408, 425, 429, 500, 502, 503, 504])('if the target fails with %d', async (status) => {
    respond = (response) => response.writeHead(status).end()
    const problem = await rejection(send())
    expect(problem).toMatchObject({ code: 'provider_unavailable', headers: { 'retry-after': '30' }, facts: { status } })
    expect(problem.facts?.['retryAfterSeconds']).toBeUndefined()
  })

  it.each([
    [429, '120', 120],
    [503, '2m', 120],
    [503, new Date(Date.now() + 7_200_000).toUTCString(), 3_600],
  ])('before the Retry-After of a %d: %s', async (status, header, seconds) => {
    respond = (response) => response.writeHead(status, { 'retry-after': header }).end()
    expect(await rejection(send())).toMatchObject({
      headers: { 'retry-after': String(seconds) },
      facts: { status, retryAfterSeconds: seconds },
    })
  })

  it('if the connection is refused or broken', async () => {
    const gone = createServer()
    const goneUrl = await listenLocally(gone)
    await closed(gone)
    const refused = await rejection(send({}, goneUrl))
    expect(refused).toMatchObject({ code: 'provider_unavailable', facts: { ...facts, reason: 'ECONNREFUSED' } })
    respond = (response) => response.destroy()
    expect(await rejection(send())).toMatchObject({ code: 'provider_unavailable', facts: { reason: 'ECONNRESET' } })
  })

  it.each(['garbage\r\n\r\n', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'])(
    'if the response is not one of HTTP: %j',
    async (text) => {
      const server = createTcpServer((socket) => {
        socket.on('error', () => undefined).once('data', () => socket.end(text))
      })
      expect((await rejection(send({}, await listenOn(server)))).code).toBe('provider_unavailable')
      server.close()
    },
  )

  it('if the certificate of an https target is not valid', async () => {
    const problem = await rejection(send({}, url.replace('http:', 'https:')))
    expect(problem).toMatchObject({ code: 'provider_unavailable', facts: { reason: expect.any(String) } })
    expect(received).toEqual([])
  })

  it('if the target does not respond in time', async () => {
    respond = () => undefined
    const began = Date.now()
    const problem = await rejection(send({}, url, [SECRET], 300))
    expect(problem).toMatchObject({ code: 'provider_timeout', headers: { 'retry-after': '30' }, facts })
    expect(Date.now() - began).toBeGreaterThan(290)
  })

  it('if the headers of the response arrive slowly, without an end', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined).write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write('x-slow: 1\r\n'), 20)
      socket.once('close', () => clearInterval(timer))
    })
    const problem = await rejection(send({}, await listenOn(server), [SECRET], 300))
    expect(problem.code).toBe('provider_timeout')
    server.close()
  })

  it('after the deadline', async () => {
    for (const ms of [0, -60_000]) expect((await rejection(send({}, url, [SECRET], ms))).code).toBe('provider_timeout')
    expect(received).toEqual([])
  })

  it.each([[[]], [['']], [['whsec_']], [['not base64!']], [[SECRET, '%%%']]])(
    'without valid secrets: %j',
    async (secrets) => {
      const problem = await rejection(send({}, url, secrets))
      expect(problem.code).toBe('provider_not_configured')
      expect(problem.message).toMatch(/^The secret of the target of stripe /)
      expect(received).toEqual([])
    },
  )

  it('with an error that contains the secret, the URL, the body or the response', async () => {
    respond = (response) => response.writeHead(500, { 'x-header': 'of the response' }).end('of the response')
    const problems = [
      await rejection(send()),
      await rejection(send({}, url.replace('http:', 'https:'))),
      await rejection(send({}, url, ['%%%secret%%%'])),
    ]
    for (const problem of problems) {
      const text = inspect(problem, { depth: Infinity, showHidden: true, getters: true })
      expect(text).not.toMatch(/dGhlIHNlY3|tenant=a|\/hooks|Zoë|of the response|%%%|127\.0\.0\.1/)
    }
  })
})

describe('a deployed stage', () => {
  /** Replaces the resolution of names. An error is its outcome, and null lets it never end. */
  const resolveTo = (outcome: readonly string[] | Error | null) =>
    vi.spyOn(dns, 'lookup').mockImplementation((_host: string, ...rest: unknown[]) => {
      const callback = rest.at(-1)
      if (typeof callback !== 'function' || outcome === null) return
      if (outcome instanceof Error) callback(outcome)
      else
        callback(
          null,
          outcome.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        )
    })
  const port = () => new URL(url).port

  beforeEach(() => onStage('prod'))

  it('rejects a target without https', async () => {
    expect(await rejection(send())).toMatchObject({ code: 'provider_refused', facts: { reason: 'not_https' } })
    expect(received).toEqual([])
  })

  it.each(['127.0.0.1', '127.1', '2130706433', '0x7f.1', '169.254.169.254', '[::1]', '[::ffff:127.0.0.1]', '10.0.0.1'])(
    'does not connect to %s',
    async (host) => {
      const lookup = vi.spyOn(dns, 'lookup')
      const problem = await rejection(send({}, `https://${host}:${port()}/`))
      expect(problem).toMatchObject({ code: 'provider_refused', facts: { reason: 'address_not_public' } })
      expect(lookup).not.toHaveBeenCalled()
    },
  )

  it.each([
    [['127.0.0.1']],
    [['::1']],
    [['::ffff:7f00:1']],
    [['169.254.169.254']],
    [['93.184.216.34', '127.0.0.1']],
    [['10.1.2.3', '2606:4700:4700::1111']],
  ])('does not connect to a name of %j', async (addresses) => {
    resolveTo(addresses)
    const problem = await rejection(send({}, `https://backend.example:${port()}/`))
    expect(problem).toMatchObject({ code: 'provider_refused', facts: { reason: 'address_not_public' } })
  })

  it('does not connect to localhost', async () => {
    const problem = await rejection(send({}, `https://localhost:${port()}/`))
    expect(problem).toMatchObject({ code: 'provider_refused', facts: { reason: 'address_not_public' } })
  })

  it('checks the address of each connection, not of the first (DNS rebinding)', async () => {
    publicHere = '127.0.0.1'
    const lookup = resolveTo(['127.0.0.1'])
    const target = `https://backend.example:${port()}/`
    // The server does not use TLS, which shows that it was reached.
    const reached = await rejection(send({}, target))
    expect(reached).toMatchObject({ code: 'provider_unavailable', facts: { reason: 'EPROTO' } })
    lookup.mockRestore()
    resolveTo(['127.0.0.2'])
    const rebound = await rejection(send({}, target))
    expect(rebound).toMatchObject({ code: 'provider_refused', facts: { reason: 'address_not_public' } })
  })

  it('reports a name that does not exist, or is not resolved in time', async () => {
    resolveTo(Object.assign(new Error('getaddrinfo ENOTFOUND backend.example'), { code: 'ENOTFOUND' }))
    const problem = await rejection(send({}, 'https://backend.example/'))
    expect(problem).toMatchObject({ code: 'provider_unavailable', facts: { reason: 'ENOTFOUND' } })
    resolveTo(null)
    expect((await rejection(send({}, 'https://backend.example/', [SECRET], 100))).code).toBe('provider_timeout')
  })
})
