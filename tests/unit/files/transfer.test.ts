import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PART_BYTES, partsOf, toRanges } from '../../../lib/files/transfer.ts'

describe('parts of a file', () => {
  it('cover every byte once, in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000_000_000 }), (size) => {
        const parts = partsOf(size)
        const ends = parts.map(({ start, size: bytes }) => start + bytes)
        expect(parts.map(({ start }) => start)).toEqual([0, ...ends.slice(0, -1)])
        expect(ends.at(-1)).toBe(size)
        expect(parts.map(({ number }) => number)).toEqual(parts.map((_, index) => index + 1))
        expect(parts.slice(0, -1).every((part) => part.size === PART_BYTES)).toBe(true)
      }),
    )
  })

  it('are fewer than the 10,000 that S3 accepts, each of at least the 5 MB that it requires', () => {
    expect(partsOf(5_000_000_000).length).toBeLessThan(10_000)
    expect(PART_BYTES).toBeGreaterThanOrEqual(5 * 1024 * 1024)
  })
})

it.each([
  [[], ''],
  [[4], '4'],
  [[1, 2, 3], '1-3'],
  [[1, 3, 4, 9], '1, 3-4, 9'],
])('writes the numbers %j as %j', (numbers, text) => {
  expect(toRanges(numbers)).toBe(text)
})
