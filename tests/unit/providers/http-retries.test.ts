import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { type Fake, type FakeFault, startFake } from '../../../dev/fakes/fake.ts'
import { countMetric } from '../../../lib/observability/metrics.ts'
import { callProvider, type ProviderCall } from '../../../lib/providers/http.ts'
import { rejection } from '../../support/problems.ts'

vi.mock(import('../../../lib/observability/metrics.ts'), () => ({ countMetric: vi.fn() }))

const answer = z.object({ token: z.string() })

let fake: Fake
beforeAll(async () => {
  fake = await startFake(() => ({ status: 200, body: { token: 'new' } }))
})
afterAll(() => fake.stop())
beforeEach(() => {
  // Jitter of none: what is tried again is tried at once.
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.mocked(countMetric).mockClear()
  fake.plan = () => undefined
  fake.calls.length = 0
})

const call = (more: Partial<ProviderCall<{ token: string }>> = {}) =>
  callProvider({
    provider: 'Incode',
    operation: 'test',
    method: 'GET',
    url: `${fake.url}/0/path`,
    headers: {},
    answer,
    deadline: Date.now() + 4_000,
    repeatable: true,
    ...more,
  })

/** The first call meets a fault, later ones none. */
const failingOnce = (fault: FakeFault) => {
  fake.plan = () => (fake.calls.length === 1 ? fault : undefined)
}

async function timed<T>(run: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const began = performance.now()
  const result = await run()
  return { result, ms: performance.now() - began }
}

describe('a call is not repeated before the Retry-After', () => {
  it.each(['1', '1s', '0.6s', '0', 'a date'])('%j of a 429, 500, 502, 503 or 504', async (value) => {
    const statuses = [429, 500, 502, 503, 504]
    const came = new Set<string>()
    const header = value === 'a date' ? new Date(Date.now() + 1_000).toUTCString() : value
    fake.plan = ({ path }) => {
      const first = !came.has(path)
      came.add(path)
      return first ? { status: Number(path.slice(1)), headers: { 'retry-after': header } } : undefined
    }
    const all = statuses.map((status) => timed(() => call({ url: `${fake.url}/${status}` })))
    for (const { result, ms } of await Promise.all(all)) {
      expect(result).toEqual({ token: 'new' })
      expect(ms).toBeGreaterThan(950)
      expect(ms).toBeLessThan(2_500)
    }
    expect(fake.calls).toHaveLength(2 * statuses.length)
  })

  it('of each answer', async () => {
    fake.plan = () => (fake.calls.length <= 2 ? { status: 503, headers: { 'retry-after': '1' } } : undefined)
    const { ms } = await timed(() => call())
    expect(ms).toBeGreaterThan(1_950)
    expect(fake.calls).toHaveLength(3)
  })
})

it.each(['X-Ratelimit-Retry-After', 'X-RateLimit-RetryAfter', 'RETRYAFTER'])('%s is waited for, too', async (name) => {
  for (const value of ['1', '0.9s', '900ms']) {
    fake.calls.length = 0
    failingOnce({ status: 429, headers: { [name]: value } })
    const { result, ms } = await timed(() => call())
    expect(result).toEqual({ token: 'new' })
    expect(ms).toBeGreaterThan(950)
  }
})

it.each(['RateLimit-Reset', 'Retry-After-Policy', 'X-Retry-After-2', 'X-RateLimit-Reset', 'X-Rate-Limit-Reset'])(
  '%s is not waited for',
  async (name) => {
    for (const value of ['2', String(Math.ceil(Date.now() / 1000) + 3600)]) {
      failingOnce({ status: 429, headers: { [name]: value } })
      fake.calls.length = 0
      const { result, ms } = await timed(() => call())
      expect(result).toEqual({ token: 'new' })
      expect(ms).toBeLessThan(900)
    }
  },
)

it.each(['soon', '1,5', '2099-01-01T00:00:00Z'])(
  'a Retry-After that says nothing, %j, is not either',
  async (value) => {
    failingOnce({ status: 503, headers: { 'retry-after': value } })
    const { result, ms } = await timed(() => call())
    expect(result).toEqual({ token: 'new' })
    expect(ms).toBeLessThan(900)
  },
)

describe('a call is not repeated when the deadline would come first', () => {
  const soon = () => Date.now() + 650

  it.each([429, 500, 502, 503, 504])('after a %d, which is told', async (status) => {
    fake.plan = () => ({ status })
    const { result, ms } = await timed(() => rejection(call({ deadline: soon() })))
    expect(result).toMatchObject({ code: 'provider_unavailable', facts: { status } })
    expect(fake.calls).toHaveLength(1)
    expect(ms).toBeLessThan(450)
  })

  it.each<FakeFault>(['never arrives', 'answer lost', 'answer cut off'])('after %j', async (fault) => {
    fake.plan = () => fault
    const { result, ms } = await timed(() => rejection(call({ deadline: soon() })))
    expect(result.code).toBe('provider_unavailable')
    expect(fake.calls).toHaveLength(1)
    expect(ms).toBeLessThan(450)
  })

  it('after it was not answered', async () => {
    fake.plan = () => 'never answered'
    const { result, ms } = await timed(() => rejection(call({ deadline: soon() })))
    expect(result.code).toBe('provider_timeout')
    expect(fake.calls).toHaveLength(1)
    expect(ms).toBeLessThan(600)
  })

  it.each([
    ['2', '2'],
    ['2s', '2'],
    ['2m', '120'],
    ['999999h', '3600'],
    [new Date(Date.now() + 7_200_000).toUTCString(), '3600'],
  ])('of the Retry-After %j: the caller is told when to come again', async (value, seconds) => {
    fake.plan = () => ({ status: 503, headers: { 'retry-after': value } })
    const { result, ms } = await timed(() => rejection(call({ deadline: Date.now() + 1_900 })))
    expect(result).toMatchObject({
      code: 'provider_unavailable',
      headers: { 'retry-after': seconds },
      facts: { status: 503 },
    })
    expect(fake.calls).toHaveLength(1)
    expect(ms).toBeLessThan(450)
    expect(countMetric).toHaveBeenCalledOnce()
  })

  it('but it is when there is a moment more', async () => {
    fake.plan = () => ({ status: 500 })
    expect(await rejection(call({ deadline: Date.now() + 1_000 }))).toMatchObject({ facts: { status: 500 } })
    expect(fake.calls).toHaveLength(3)
  })
})
