// @module-tag local-only
// Parameter Store is a stand-in that throttles, under a clock that the test moves.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { setTimeBudgets } from '../../support/time-budgets.ts'
import { tokenBucket } from '../../support/token-bucket.ts'
import { inVirtualTime, seedRandom, useVirtualTime } from '../../support/virtual-database.ts'

/** What Parameter Store allows the functions of an account per second. */
const REQUESTS_PER_SECOND = 40
const LATENCY_MS = 15
/** `timeout` of most functions in serverless.yml. */
const FUNCTION_MS = 10_000

const store = { limit: tokenBucket(Date.now, REQUESTS_PER_SECOND), throttled: 0 }
vi.mock(import('../../../lib/config/aws-request.ts'), async (importOriginal) => {
  const original = await importOriginal()
  return {
    ...original,
    async sendAwsRequest() {
      await new Promise((resolve) => setTimeout(resolve, LATENCY_MS))
      if (!store.limit.take()) {
        store.throttled += 1
        throw new original.AwsError(400, 'ThrottlingException')
      }
      return JSON.stringify({ Parameters: [{ Name: '/latchkey/prod/ADMIN_TOKEN', Value: 'x'.repeat(43) }] })
    },
  }
})
beforeEach(() => {
  vi.stubEnv('PARAMETER_PATH', '/latchkey/prod')
  vi.stubEnv('ADMIN_TOKEN', '')
  setTimeBudgets({
    parameterStoreMs: 3_000,
    parameterStoreBackoffMs: 200,
    parameterStoreLongestBackoffMs: 2_000,
    parameterStoreRetriesMs: 60_000,
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** The settings of a new container, and the code or name of the error of its first request. */
async function coldContainer() {
  vi.resetModules()
  const { getSettings } = await import('../../../lib/config/settings.ts')
  const { withDeadline } = await import('../../../lib/core/deadline.ts')
  const { Problem } = await import('../../../lib/core/problem.ts')
  return async (startsAfter: number): Promise<string> => {
    await new Promise((resolve) => setTimeout(resolve, startsAfter))
    return withDeadline(Date.now() + FUNCTION_MS, () => getSettings('ADMIN_TOKEN')).then(
      () => 'accepted',
      (error: unknown) => (error instanceof Problem ? error.code : 'internal_error'),
    )
  }
}

it.each([
  [200, 500, ['accepted']],
  [1_000, 1_000, ['accepted', 'storage_unavailable']],
])('%i cold containers within %i ms return no 500', async (count, withinMs, expected) => {
  const containers: Awaited<ReturnType<typeof coldContainer>>[] = []
  for (let number = 0; number < count; number += 1) containers.push(await coldContainer())
  useVirtualTime()
  seedRandom(1)
  Object.assign(store, { limit: tokenBucket(Date.now, REQUESTS_PER_SECOND), throttled: 0 })
  const { result, ms } = await inVirtualTime(() =>
    Promise.all(containers.map((request) => request(Math.random() * withinMs))),
  )
  expect(new Set(result)).toEqual(new Set(expected))
  expect(store.throttled).toBeGreaterThan(count)
  expect(ms).toBeLessThan(FUNCTION_MS + withinMs)
})
