import { describe, expect, it, vi } from 'vitest'

const { timeBudgets: budgets } = await vi.importActual<typeof import('../../../lib/core/time-budgets.ts')>(
  '../../../lib/core/time-budgets.ts',
)

/** serverless.yml: the timeout of functions that respond to a request. Providers wait as long for a webhook's response. */
const FUNCTION_MS = 10_000

describe('the time budgets of a deployed function', () => {
  it('let a request end before Lambda ends its function, whatever does not respond', () => {
    const { responseReserveMs, requestReserveMs, providerMs, databaseResponseMs } = budgets
    expect(3 * databaseResponseMs).toBeLessThanOrEqual(requestReserveMs - responseReserveMs)
    expect(providerMs + responseReserveMs).toBeLessThan(FUNCTION_MS)
  })

  it('let a scheduled run end its last call', () => {
    const { scheduleReserveMs, scheduleReturnMs, openSenseMapCallMs, providerMs } = budgets
    expect(openSenseMapCallMs + scheduleReturnMs).toBeLessThanOrEqual(scheduleReserveMs)
    expect(providerMs + scheduleReturnMs).toBeLessThanOrEqual(scheduleReserveMs)
  })

  it('keep a provider token locked for longer than its log-in may last', () => {
    expect(budgets.tokenLockMs).toBeGreaterThan(budgets.providerMs)
    expect(budgets.earlyRenewalMs).toBeLessThan(budgets.providerMs)
  })

  it('leave a provider call time for two retries', () => {
    const { providerBackoffMs, providerRetryMs, providerMs } = budgets
    expect(providerRetryMs).toBeGreaterThan(2 * providerBackoffMs)
    expect(3 * providerRetryMs).toBeLessThan(providerMs)
  })
})
