import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { countMetric } from '../../../lib/observability/metrics.ts'
import { callProvider, type ProviderCall } from '../../../lib/providers/http.ts'
import { rejection } from '../../support/problems.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

vi.mock(import('../../../lib/observability/metrics.ts'), () => ({ countMetric: vi.fn() }))

type Fault = { status: number; headers?: Record<string, string> } | 'never arrives' | 'never answered' | 'cut off'

/** Paths of calls, each with the elapsed milliseconds. */
let calls: { path: string; ms: number }[]
/** The fault of a call, or undefined for none. */
let plan: (path: string) => Fault | undefined
let began: number
beforeEach(() => {
  setTimeBudgets({ providerBackoffMs: 300, providerRetryMs: 700 })
  // No jitter: a retry follows at once.
  vi.spyOn(Math, 'random').mockReturnValue(0)
  vi.stubGlobal('fetch', fetched)
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] })
  began = Date.now()
  calls = []
  plan = () => undefined
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.mocked(countMetric).mockClear()
})

async function fetched({ url, signal }: Request): Promise<Response> {
  const path = new URL(url).pathname
  calls.push({ path, ms: Date.now() - began })
  const fault = plan(path)
  if (fault === 'never arrives') throw new TypeError('fetch failed')
  if (fault === 'never answered') {
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  if (fault === 'cut off') return new Response(new ReadableStream({ pull: (body) => body.error(new Error('cut off')) }))
  return typeof fault === 'object' ? new Response('{}', fault) : Response.json({ token: 'new' })
}

const call = (more: Partial<ProviderCall<{ token: string }>> = {}) =>
  callProvider({
    provider: 'Incode',
    operation: 'test',
    method: 'GET',
    url: 'http://provider.example/path',
    headers: {},
    answer: z.object({ token: z.string() }),
    deadline: began + 4_000,
    repeatable: true,
    ...more,
  })

/** The first call has a fault, later ones have none. */
const failingOnce = (fault: Fault) => {
  plan = () => (calls.length === 1 ? fault : undefined)
}

/** Runs to its end and returns the elapsed milliseconds. Waits are skipped, and nothing else needs time. */
async function timed<T>(running: Promise<T>): Promise<{ result: T; ms: number }> {
  const from = Date.now()
  const ended = running.then((result) => ({ result, ms: Date.now() - from }))
  await vi.runAllTimersAsync()
  return ended
}

describe('a retry waits for Retry-After', () => {
  it.each(['1', '1s', '0.6s', '0', 'a date'])('%j of a 429, 500, 502, 503 or 504', async (value) => {
    const header = value === 'a date' ? new Date(began + 1_000).toUTCString() : value
    for (const status of [429, 500, 502, 503, 504]) {
      const before = calls.length
      plan = () => (calls.length === before + 1 ? { status, headers: { 'retry-after': header } } : undefined)
      const { result, ms } = await timed(call({ deadline: Date.now() + 4_000 }))
      expect([result, ms]).toEqual([{ token: 'new' }, 1_000])
    }
  })

  it('of each response', async () => {
    plan = () => (calls.length <= 2 ? { status: 503, headers: { 'retry-after': '1' } } : undefined)
    await timed(call())
    expect(calls.map(({ ms }) => ms)).toEqual([0, 1_000, 2_000])
  })
})

it.each(['X-Ratelimit-Retry-After', 'X-RateLimit-RetryAfter', 'RETRYAFTER'])(
  'a retry waits for %s, too',
  async (name) => {
    for (const value of ['1', '0.9s', '900ms']) {
      calls = []
      failingOnce({ status: 429, headers: { [name]: value } })
      expect(await timed(call({ deadline: Date.now() + 4_000 }))).toEqual({ result: { token: 'new' }, ms: 1_000 })
    }
  },
)

it.each(['RateLimit-Reset', 'Retry-After-Policy', 'X-Retry-After-2', 'X-RateLimit-Reset', 'X-Rate-Limit-Reset'])(
  'a retry does not wait for %s',
  async (name) => {
    for (const value of ['2', String(Math.ceil(Date.now() / 1000) + 3600)]) {
      calls = []
      failingOnce({ status: 429, headers: { [name]: value } })
      expect(await timed(call())).toEqual({ result: { token: 'new' }, ms: 0 })
    }
  },
)

it.each(['soon', '1,5', '2099-01-01T00:00:00Z'])(
  'a retry does not wait for the invalid Retry-After %j',
  async (value) => {
    failingOnce({ status: 503, headers: { 'retry-after': value } })
    expect(await timed(call())).toEqual({ result: { token: 'new' }, ms: 0 })
  },
)

describe('the pauses between attempts', () => {
  it('are at most 300 and 600 ms, shortened by jitter', async () => {
    plan = () => ({ status: 500 })
    vi.mocked(Math.random).mockReturnValue(1)
    await timed(rejection(call()))
    expect(calls.map(({ ms }) => ms)).toEqual([0, 300, 900])
    calls = []
    vi.mocked(Math.random).mockReturnValue(0.5)
    began = Date.now()
    await timed(rejection(call()))
    expect(calls.map(({ ms }) => ms)).toEqual([0, 150, 450])
  })
})

describe('a call without a response', () => {
  it('ends at the deadline if it is not repeatable', async () => {
    plan = () => 'never answered'
    const { result, ms } = await timed(rejection(call({ repeatable: false })))
    expect([result.code, ms, calls.length]).toEqual(['provider_timeout', 4_000, 1])
  })

  it('leaves half of the time for a second attempt if it is repeatable', async () => {
    plan = () => 'never answered'
    const { result, ms } = await timed(rejection(call()))
    expect([result.code, ms]).toEqual(['provider_timeout', 4_000])
    expect(calls.map(({ ms }) => ms)).toEqual([0, 2_000])
    calls = []
    failingOnce('never answered')
    expect(await timed(call({ deadline: Date.now() + 1_500 }))).toEqual({ result: { token: 'new' }, ms: 750 })
  })
})

describe('a call is not retried if the deadline is earlier', () => {
  const soon = () => began + 650

  it.each([429, 500, 502, 503, 504])('after a %d, which it reports', async (status) => {
    plan = () => ({ status })
    const { result, ms } = await timed(rejection(call({ deadline: soon() })))
    expect(result).toMatchObject({ code: 'provider_unavailable', facts: { status } })
    expect([calls.length, ms]).toEqual([1, 0])
  })

  it.each<Fault>(['never arrives', 'cut off'])('after %j', async (fault) => {
    plan = () => fault
    const { result, ms } = await timed(rejection(call({ deadline: soon() })))
    expect([result.code, calls.length, ms]).toEqual(['provider_unavailable', 1, 0])
  })

  it('after a timeout', async () => {
    plan = () => 'never answered'
    const { result, ms } = await timed(rejection(call({ deadline: soon() })))
    expect([result.code, calls.length, ms]).toEqual(['provider_timeout', 1, 325])
  })

  it.each([
    ['2', '2'],
    ['2s', '2'],
    ['2m', '120'],
    ['999999h', '3600'],
    [new Date(Date.now() + 7_200_000).toUTCString(), '3600'],
  ])('than the Retry-After %j, which it passes on to the caller', async (value, seconds) => {
    plan = () => ({ status: 503, headers: { 'retry-after': value } })
    const { result, ms } = await timed(rejection(call({ deadline: began + 1_900 })))
    expect(result).toMatchObject({
      code: 'provider_unavailable',
      headers: { 'retry-after': seconds },
      facts: { status: 503 },
    })
    expect([calls.length, ms]).toEqual([1, 0])
    expect(countMetric).toHaveBeenCalledOnce()
  })

  it('unless the deadline is a moment later', async () => {
    plan = () => ({ status: 500 })
    const { result } = await timed(rejection(call({ deadline: began + 1_000 })))
    expect(result).toMatchObject({ facts: { status: 500 } })
    expect(calls).toHaveLength(3)
  })
})
