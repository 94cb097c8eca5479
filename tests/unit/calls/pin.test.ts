import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomPin } from '../../../lib/calls/pin.ts'
import { runs } from '../../support/property.ts'

const draws = (count: number, digits: number) => Array.from({ length: count }, () => randomPin(digits))

describe('randomPin', () => {
  it('returns the requested number of digits, including leading zeros', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 12 }), (digits) => {
        expect(randomPin(digits)).toMatch(new RegExp(`^[0-9]{${digits}}$`))
      }),
      { numRuns: runs(2_000) },
    )
  })

  it('draws every PIN with about the same frequency', () => {
    // 40 of each are expected. Fewer than 5 or more than 100 does not happen by chance.
    const times = new Map<string, number>()
    for (const pin of draws(400_000, 4)) times.set(pin, (times.get(pin) ?? 0) + 1)
    expect(times.size).toBe(10_000)
    expect(Math.min(...times.values())).toBeGreaterThan(4)
    expect(Math.max(...times.values())).toBeLessThan(101)
  })

  it.each([4, 7, 12])('draws each of the ten digits at each position of %d', (digits) => {
    const pins = draws(2_000, digits)
    for (let place = 0; place < digits; place += 1) {
      const seen = pins.map((pin) => pin[place])
      for (const digit of '0123456789') {
        const times = seen.filter((each) => each === digit).length
        expect(times).toBeGreaterThan(100)
        expect(times).toBeLessThan(320)
      }
    }
  })

  it('draws no long PIN twice', () => {
    expect(new Set(draws(1_000, 12)).size).toBe(1_000)
  })
})
