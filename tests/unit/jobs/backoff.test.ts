import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { delayAfter } from '../../../lib/jobs/backoff.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

describe('the delay after attempts', () => {
  it('doubles from a minute to an hour', () => {
    const minutes = [0, 1, 2, 3, 4, 5, 6, 7, 30].map((attempts) => delayAfter(attempts) / MINUTE)
    expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('is at least a minute, at most an hour, and never decreases', () => {
    const attempts = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
    fc.assert(
      fc.property(attempts, (attempt) => {
        const delay = delayAfter(attempt)
        expect(Number.isInteger(delay)).toBe(true)
        expect(delay).toBeGreaterThanOrEqual(attempt === 0 ? MINUTE : delayAfter(attempt - 1))
        expect(delay).toBeLessThanOrEqual(HOUR)
      }),
    )
  })

  it('adds up to 25 hours for thirty attempts', () => {
    const all = Array.from({ length: 30 }, (_, attempts) => delayAfter(attempts)).reduce((sum, each) => sum + each)
    expect(Math.round(all / HOUR)).toBe(25)
  })
})
