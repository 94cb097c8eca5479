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
  // Jitter of none: what is tried again is tried at once.
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
    deadline: Date.now() + 3_000,
    repeatable: false,
    ...more,
  })

/** The first calls meet a fault, later ones none. */
const failing = (fault: FakeFault, times = Infinity) => {
  fake.plan = () => (fake.calls.length <= times ? fault : undefined)
}

const retryAfter = (status: number, value: string): FakeFault => ({ status, headers: { 'retry-after': value } })

describe('a call that is answered', () => {
  it('gives what the answer must hold, and leaves out what is unknown', async () => {
    expect(await call()).toEqual({ token: 'new' })
    expect(countMetric).not.toHaveBeenCalled()
  })

  it('is sent as it was asked for', async () => {
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

  it('has no body where none was asked for', async () => {
    await call({ method: 'GET' })
    expect(fake.calls[0]).toMatchObject({ method: 'GET', body: undefined })
  })
})

describe('a call that may be made once', () => {
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
  ])('is sent once when it meets %j', async (fault) => {
    failing(fault)
    await rejection(call())
    expect(fake.calls).toHaveLength(1)
    expect(countMetric).toHaveBeenCalledOnce()
  })

  it('is sent once when nothing answers', async () => {
    failing('never answered')
    await rejection(call({ deadline: Date.now() + 400 }))
    expect(fake.calls).toHaveLength(1)
  })

  it('is waited for until the deadline', async () => {
    failing(300)
    expect(await call({ deadline: Date.now() + 500 })).toEqual({ token: 'new' })
  })
})

describe('a call that may be repeated', () => {
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
  it.each(passing)('succeeds at the third time after two of %j', async (fault) => {
    failing(fault, 2)
    expect(await call({ repeatable: true, body: { a: 1 } })).toEqual({ token: 'new' })
    expect(fake.calls.map(({ body }) => body)).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }])
    expect(countMetric).not.toHaveBeenCalled()
  })

  it.each(passing)('is given up after three of %j', async (fault) => {
    failing(fault)
    expect((await rejection(call({ repeatable: true }))).code).toBe('provider_unavailable')
    expect(fake.calls).toHaveLength(3)
    expect(countMetric).toHaveBeenCalledOnce()
  })

  it('leaves time for a second try when the first is not answered', async () => {
    failing('never answered', 1)
    expect(await call({ repeatable: true, deadline: Date.now() + 1_500 })).toEqual({ token: 'new' })
    expect(fake.calls).toHaveLength(2)
  })

  it.each([400, 401, 403, 404, 409, 422])('is not repeated when it is refused with %d', async (status) => {
    failing({ status })
    await rejection(call({ repeatable: true }))
    expect(fake.calls).toHaveLength(1)
  })
})

describe('an answer that refuses', () => {
  it.each([400, 401, 402, 403, 404, 409, 413, 422, 451])('with %d is told as such', async (status) => {
    failing(retryAfter(status, '5'))
    const problem = await rejection(call())
    expect(problem).toMatchObject({ code: 'provider_refused', status: 502 })
    expect(problem.headers).toEqual({})
    expect(problem.facts).toEqual({ provider: 'Incode', operation: 'test', status })
    expect(problem.message).toBe('Incode rejected this request.')
    expect(countMetric).toHaveBeenCalledWith('ProviderFailed', { provider: 'Incode', cause: 'provider_refused' })
  })

  it('may give a number of its own for why it does, and nothing else is kept of what it says', async () => {
    failing({ status: 403, body: { code: 17, message: 'said' } })
    expect((await rejection(call())).facts).toEqual({ provider: 'Incode', operation: 'test', status: 403, reason: 17 })
    failing({ status: 403, body: { code: 'said' } })
    expect((await rejection(call())).facts).toEqual({ provider: 'Incode', operation: 'test', status: 403 })
  })

  it.each(['{"code":1003}', '{"code":"1003"}'])('gives it as text, too, whatever it says it is: %s', async (body) => {
    failing({ status: 403, body, headers: { 'content-type': 'text/html' } })
    expect((await rejection(call())).facts).toMatchObject({ status: 403, reason: 1003 })
    failing({ status: 403, body, headers: { 'content-type': 'application/json' } })
    expect((await rejection(call())).facts).toMatchObject({ status: 403, reason: 1003 })
  })

  it('has the statuses that the provider uses for that', async () => {
    const refuses = (status: number) => status === 203 || status === 500
    failing({ status: 203, body: { token: 'new' } })
    expect(await rejection(call({ refuses }))).toMatchObject({ code: 'provider_refused', facts: { status: 203 } })
    failing({ status: 500 })
    expect(await rejection(call({ refuses }))).toMatchObject({ code: 'provider_refused', facts: { status: 500 } })
    failing({ status: 401 })
    expect((await rejection(call({ refuses }))).code).toBe('provider_unavailable')
  })

  it('may be any but one status, whatever its answer is', async () => {
    const refuses = (status: number) => status !== 200
    const others = [201, 202, 204, 206, 301, 302, 304, 400, 401, 408, 429, 500, 503]
    for (const status of others) {
      failing({ status, body: status === 204 || status === 304 ? '' : { token: 'new' } })
      expect(await rejection(call({ refuses }))).toMatchObject({ code: 'provider_refused', facts: { status } })
    }
    failing({ status: 200, body: { token: 'new' } })
    expect(await call({ refuses })).toEqual({ token: 'new' })
  })

  it.each([408, 429, 500, 501, 502, 503, 504, 599])('with %d is no refusal of the request', async (status) => {
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
  ])('and Retry-After %j makes callers come again after %s seconds', async (value, seconds) => {
    failing(retryAfter(503, value))
    expect((await rejection(call())).headers).toEqual({ 'retry-after': seconds })
  })

  it('may give a date to come again', async () => {
    failing(retryAfter(429, new Date(Date.now() + 90_000).toUTCString()))
    const seconds = Number((await rejection(call())).headers['retry-after'])
    expect(seconds).toBeGreaterThanOrEqual(88)
    expect(seconds).toBeLessThanOrEqual(90)
  })
})

describe('an answer that cannot be understood', () => {
  it.each<[string, FakeFault]>([
    ['is no JSON', 'garbage'],
    ['is empty', { status: 200, body: '' }],
    ['has no content', { status: 204, body: '' }],
    ['is null', { status: 200, body: 'null' }],
    ['is a list', { status: 200, body: [{ token: 'a' }] }],
    ['lacks a field', { status: 200, body: {} }],
    ['has a field of another type', { status: 200, body: { token: 1 } }],
  ])('as it %s is refused', async (_what, fault) => {
    failing(fault)
    const problem = await rejection(call({ repeatable: true }))
    expect(problem).toMatchObject({ code: 'provider_answer_invalid', status: 502 })
    expect(problem.headers).toEqual({})
    expect(fake.calls).toHaveLength(1)
  })

  it('as it ends in the middle is an outage', async () => {
    failing('answer cut off')
    expect((await rejection(call())).code).toBe('provider_unavailable')
  })

  it.each([301, 302, 303, 307, 308])('as it is a redirect (%d) is not followed', async (status) => {
    failing({ status, headers: { location: `${other.url}/0/path` } })
    const problem = await rejection(call({ repeatable: true, body: {} }))
    expect(problem.code).toBe('provider_answer_invalid')
    expect(problem.facts?.['status']).toBe(status)
    expect(fake.calls).toHaveLength(1)
    expect(other.calls).toEqual([])
  })
})
