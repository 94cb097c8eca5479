// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { type Fake, type FakeFault, startFake } from '../../../dev/fakes/fake.ts'
import { countMetric } from '../../../lib/observability/metrics.ts'
import { callProvider, type ProviderCall } from '../../../lib/providers/http.ts'
import { rejection } from '../../support/problems.ts'

vi.mock(import('../../../lib/observability/metrics.ts'), () => ({ countMetric: vi.fn() }))

const answer = z.object({ token: z.string() })

let fake: Fake
let other: Fake
beforeAll(async () => {
  fake = await startFake(() => ({ status: 200, body: { token: 'new', unknown: [1] } }))
  other = await startFake(() => ({ status: 200, body: { token: 'of another' } }))
})
afterAll(() => Promise.all([fake.stop(), other.stop()]))
beforeEach(() => {
  // Without jitter, retries start immediately.
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.mocked(countMetric).mockClear()
  fake.plan = () => undefined
  fake.calls.length = 0
  other.calls.length = 0
})

const call = (more: Partial<ProviderCall<{ token: string }>> = {}) =>
  callProvider({
    provider: 'Incode',
    operation: 'test',
    method: 'POST',
    url: `${fake.url}/0/path`,
    headers: {},
    answer,
    deadline: Date.now() + 60_000,
    repeatable: false,
    ...more,
  })

/** The first calls return the fault, later calls succeed. */
const failing = (fault: FakeFault, times = Infinity) => {
  fake.plan = () => (fake.calls.length <= times ? fault : undefined)
}

const retryAfter = (status: number, value: string): FakeFault => ({ status, headers: { 'retry-after': value } })

describe('a successful call', () => {
  it('returns the validated response without unknown fields', async () => {
    expect(await call()).toEqual({ token: 'new' })
    expect(countMetric).not.toHaveBeenCalled()
  })

  it('sends method, path, query, headers and body', async () => {
    await call({ query: { id: 'a b&c' }, headers: { 'x-api-key': 'k' }, body: { a: ['ü'] } })
    const [sent] = fake.calls
    expect(sent).toMatchObject({ method: 'POST', path: '/0/path', body: { a: ['ü'] } })
    expect(sent?.query.get('id')).toBe('a b&c')
    expect(sent?.headers).toMatchObject({
      'x-api-key': 'k',
      accept: 'application/json',
      'content-type': 'application/json',
    })
  })

  it('sends no body if none is set', async () => {
    await call({ method: 'GET' })
    expect(fake.calls[0]).toMatchObject({ method: 'GET', body: undefined })
  })
})

describe('a call that is not repeatable', () => {
  it.each<FakeFault>([
    { status: 500 },
    { status: 502 },
    retryAfter(503, '0'),
    retryAfter(429, '0'),
    { status: 408 },
    { status: 401 },
    'never arrives',
    'answer lost',
    'answer cut off',
    'garbage',
  ])('is sent once despite %j', async (fault) => {
    failing(fault)
    await rejection(call())
    expect(fake.calls).toHaveLength(1)
    expect(countMetric).toHaveBeenCalledOnce()
  })

  it('waits for a slow response', async () => {
    failing(300)
    expect(await call()).toEqual({ token: 'new' })
  })
})

describe('a repeatable call', () => {
  const passing: FakeFault[] = [
    { status: 429 },
    { status: 500 },
    { status: 502 },
    { status: 503 },
    { status: 504 },
    'never arrives',
    'answer lost',
    'answer cut off',
  ]
  it.each(passing)('succeeds at the third attempt after two of %j', async (fault) => {
    failing(fault, 2)
    expect(await call({ repeatable: true, body: { a: 1 } })).toEqual({ token: 'new' })
    expect(fake.calls.map(({ body }) => body)).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }])
    expect(countMetric).not.toHaveBeenCalled()
  })

  it.each(passing)('fails after three attempts with %j', async (fault) => {
    failing(fault)
    expect((await rejection(call({ repeatable: true }))).code).toBe('provider_unavailable')
    expect(fake.calls).toHaveLength(3)
    expect(countMetric).toHaveBeenCalledOnce()
  })

  it.each([400, 401, 403, 404, 409, 422])('is not retried after %d', async (status) => {
    failing({ status })
    await rejection(call({ repeatable: true }))
    expect(fake.calls).toHaveLength(1)
  })
})

describe('a rejection', () => {
  it.each([400, 401, 402, 403, 404, 409, 413, 422, 451])('with %d becomes provider_refused', async (status) => {
    failing(retryAfter(status, '5'))
    const problem = await rejection(call())
    expect(problem).toMatchObject({ code: 'provider_refused', status: 502 })
    expect(problem.headers).toEqual({})
    expect(problem.facts).toEqual({ provider: 'Incode', operation: 'test', status })
    expect(problem.message).toBe('Incode refused this request.')
    expect(countMetric).toHaveBeenCalledWith('ProviderFailed', { provider: 'Incode', cause: 'provider_refused' })
  })

  it('contains only a numeric reason from the response body', async () => {
    failing({ status: 403, body: { code: 17, message: 'said' } })
    expect((await rejection(call())).facts).toEqual({ provider: 'Incode', operation: 'test', status: 403, reason: 17 })
    failing({ status: 403, body: { code: 'said' } })
    expect((await rejection(call())).facts).toEqual({ provider: 'Incode', operation: 'test', status: 403 })
  })

  it.each(['{"code":1003}', '{"code":"1003"}'])('parses the reason for any content type: %s', async (body) => {
    failing({ status: 403, body, headers: { 'content-type': 'text/html' } })
    expect((await rejection(call())).facts).toMatchObject({ status: 403, reason: 1003 })
    failing({ status: 403, body, headers: { 'content-type': 'application/json' } })
    expect((await rejection(call())).facts).toMatchObject({ status: 403, reason: 1003 })
  })

  it('applies to the statuses that the provider defines as rejections', async () => {
    const refuses = (status: number) => status === 203 || status === 500
    failing({ status: 203, body: { token: 'new' } })
    expect(await rejection(call({ refuses }))).toMatchObject({ code: 'provider_refused', facts: { status: 203 } })
    failing({ status: 500 })
    expect(await rejection(call({ refuses }))).toMatchObject({ code: 'provider_refused', facts: { status: 500 } })
    failing({ status: 401 })
    expect((await rejection(call({ refuses }))).code).toBe('provider_unavailable')
  })

  it('can be every status except one, with any body', async () => {
    const refuses = (status: number) => status !== 200
    const others = [201, 202, 204, 206, 301, 302, 304, 400, 401, 408, 429, 500, 503]
    for (const status of others) {
      failing({ status, body: status === 204 || status === 304 ? '' : { token: 'new' } })
      expect(await rejection(call({ refuses }))).toMatchObject({ code: 'provider_refused', facts: { status } })
    }
    failing({ status: 200, body: { token: 'new' } })
    expect(await call({ refuses })).toEqual({ token: 'new' })
  })

  it.each([408, 429, 500, 501, 502, 503, 504, 599])('excludes %d, which is an outage', async (status) => {
    failing({ status })
    const problem = await rejection(call())
    expect(problem).toMatchObject({ code: 'provider_unavailable', status: 503, headers: { 'retry-after': '30' } })
    expect(problem.facts).toEqual({ provider: 'Incode', operation: 'test', status })
  })

  it.each([
    ['7', '7'],
    ['0', '1'],
    ['2m', '120'],
    ['soon', '30'],
    ['Thu, 01 Jan 1970 00:00:00 GMT', '1'],
    ['2h', '3600'],
    ['2026-03-01T12:00:00Z', '30'],
  ])('with Retry-After %j asks callers to retry after %s seconds', async (value, seconds) => {
    failing(retryAfter(503, value))
    expect((await rejection(call())).headers).toEqual({ 'retry-after': seconds })
  })

  it('accepts a date in Retry-After', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 2, 1) })
    failing(retryAfter(429, new Date(Date.now() + 90_000).toUTCString()))
    expect((await rejection(call())).headers).toEqual({ 'retry-after': '90' })
    vi.useRealTimers()
  })
})

describe('an invalid response', () => {
  it.each<[string, FakeFault]>([
    ['is not JSON', 'garbage'],
    ['is empty', { status: 200, body: '' }],
    ['has no content', { status: 204, body: '' }],
    ['is null', { status: 200, body: 'null' }],
    ['is a list', { status: 200, body: [{ token: 'a' }] }],
    ['lacks a field', { status: 200, body: {} }],
    ['has a field of another type', { status: 200, body: { token: 1 } }],
  ])('that %s is rejected', async (_what, fault) => {
    failing(fault)
    const problem = await rejection(call({ repeatable: true }))
    expect(problem).toMatchObject({ code: 'provider_answer_invalid', status: 502 })
    expect(problem.headers).toEqual({})
    expect(fake.calls).toHaveLength(1)
  })

  it('that is cut off is an outage', async () => {
    failing('answer cut off')
    expect((await rejection(call())).code).toBe('provider_unavailable')
  })

  it.each([301, 302, 303, 307, 308])('that is a redirect (%d) is not followed', async (status) => {
    failing({ status, headers: { location: `${other.url}/0/path` } })
    const problem = await rejection(call({ repeatable: true, body: {} }))
    expect(problem.code).toBe('provider_answer_invalid')
    expect(problem.facts?.['status']).toBe(status)
    expect(fake.calls).toHaveLength(1)
    expect(other.calls).toEqual([])
  })
})
