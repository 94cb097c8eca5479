// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { createServer, type Server } from 'node:http'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { type Fake, type FakeFault, startFake } from '../../../dev/fakes/fake.ts'
import { Problem } from '../../../lib/core/problem.ts'
import { callProvider, type ProviderCall } from '../../../lib/providers/http.ts'
import { rejection } from '../../support/problems.ts'

vi.mock(import('../../../lib/observability/metrics.ts'), () => ({ countMetric: vi.fn() }))

const answer = z.object({ token: z.string() })

let fake: Fake
let gone: Fake
/** Sends half a response, then nothing. */
let stalling: Server
beforeAll(async () => {
  fake = await startFake(() => ({ status: 200, body: { token: 'new' } }))
  gone = await startFake(() => ({ status: 200 }))
  await gone.stop()
  stalling = createServer((request, response) => {
    response.writeHead(request.url === '/failing' ? 500 : 200, { 'content-type': 'application/json' })
    response.write('{"token":"half')
  })
  await new Promise<void>((resolve) => stalling.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  stalling.closeAllConnections()
  stalling.close()
  await fake.stop()
})
beforeEach(() => {
  // Without jitter, retries start immediately.
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
  fake.plan = () => undefined
  fake.calls.length = 0
})

const stallingUrl = (path: string) => {
  const address = stalling.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}${path}`
}

const call = (more: Partial<ProviderCall<{ token: string }>> = {}) =>
  callProvider({
    provider: 'Incode',
    operation: 'test',
    method: 'POST',
    url: fake.url,
    headers: {},
    answer,
    deadline: Date.now() + 400,
    repeatable: false,
    ...more,
  })

describe.each([
  ['once', false],
  ['repeatedly', true],
])('a call that can be made %s', (_how, repeatable) => {
  it('times out at the deadline without a response', async () => {
    fake.plan = () => 'never answered'
    const began = Date.now()
    const problem = await rejection(call({ repeatable, deadline: began + 600 }))
    expect(problem).toMatchObject({ code: 'provider_timeout', status: 504, headers: { 'retry-after': '30' } })
    expect(problem.facts).toEqual({ provider: 'Incode', operation: 'test' })
    expect(Date.now() - began).toBeGreaterThan(590)
  })

  it('times out at the deadline before a late response', async () => {
    fake.plan = () => 1_000
    expect((await rejection(call({ repeatable }))).code).toBe('provider_timeout')
  })

  it.each(['/', '/failing'])('times out at the deadline if the response of %s stalls', async (path) => {
    expect((await rejection(call({ repeatable, url: stallingUrl(path) }))).code).toBe('provider_timeout')
  })

  it('is not sent after the deadline', async () => {
    for (const late of [0, 1, 60_000]) {
      expect((await rejection(call({ repeatable, deadline: Date.now() - late }))).code).toBe('provider_timeout')
    }
    expect(fake.calls).toEqual([])
  })

  it('reports an outage if the connection is refused', async () => {
    const problem = await rejection(call({ repeatable, url: gone.url, deadline: Date.now() + 60_000 }))
    expect(problem).toMatchObject({ code: 'provider_unavailable', headers: { 'retry-after': '30' } })
    expect(problem.facts).toEqual({ provider: 'Incode', operation: 'test' })
  })
})

const SECRETS = { header: 'sent-header', body: 'sent-body', query: 'sent-query', path: 'sent-path', answer: 'received' }

/** A text with everything reachable from a value, including hidden properties and causes. */
const everythingOf = (value: unknown): string =>
  inspect(value, {
    depth: Infinity,
    showHidden: true,
    getters: true,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
  })

const found = (value: unknown) => Object.values(SECRETS).filter((secret) => everythingOf(value).includes(secret))

describe('the error of a failed call', () => {
  it.each<unknown>([
    new Problem('internal_error', 'text', { cause: new Error('fetch', { cause: { deep: [SECRETS.header] } }) }),
    new Problem('internal_error', SECRETS.header),
    Object.defineProperty(new Error(), 'hidden', { value: new Map([[SECRETS.header, 1]]) }),
  ])('is searched for secrets everywhere (%#)', (error) => {
    expect(found(error)).toEqual([SECRETS.header])
  })

  const body = { error: SECRETS.answer, echo: SECRETS }
  const faults: FakeFault[] = [
    { status: 200, body: { token: { ...body } } },
    { status: 200, body: SECRETS.answer },
    { status: 302, body: body, headers: { location: `https://${SECRETS.answer}.example/` } },
    { status: 400, body: body },
    { status: 401, body: SECRETS.answer, headers: { 'x-echo': SECRETS.header } },
    { status: 429, body: body, headers: { 'retry-after': SECRETS.answer } },
    { status: 500, body: body },
    'never answered',
    'never arrives',
    'answer cut off',
    'endless',
  ]
  it.each(faults.flatMap((fault) => [false, true].map((repeatable) => ({ fault, repeatable }))))(
    'contains nothing that was sent or received: %j',
    async ({ fault, repeatable }) => {
      fake.plan = () => fault
      const problem = await rejection(call(secretCall(repeatable, fault === 'never answered' ? 1_000 : 60_000)))
      expect(fake.calls[0]?.headers['x-api-key']).toBe(SECRETS.header)
      expect(fake.calls[0]?.query.get('id')).toBe(SECRETS.query)
      expect(found(problem)).toEqual([])
    },
  )

  it('contains no secrets if the call cannot be sent or is late', async () => {
    const whole = secretCall(false)
    const problems = [
      await rejection(call({ ...whole, url: `${gone.url}/${SECRETS.path}` })),
      await rejection(call({ ...whole, deadline: 0 })),
      await rejection(call({ ...whole, headers: { 'x-api-key': `${SECRETS.header}\n→` } })),
      await rejection(call({ ...whole, url: `https://${SECRETS.path} .example` })),
    ]
    expect(problems.map(found)).toEqual([[], [], [], []])
  })

  const secretCall = (repeatable: boolean, ms = 60_000): Partial<ProviderCall<{ token: string }>> => ({
    url: `${fake.url}/${SECRETS.path}`,
    query: { id: SECRETS.query },
    headers: { 'x-api-key': SECRETS.header },
    body: { password: SECRETS.body },
    deadline: Date.now() + ms,
    repeatable,
  })
})
