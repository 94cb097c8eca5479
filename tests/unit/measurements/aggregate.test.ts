import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AGGREGATES, addCells, aggregateOf, emptyAccumulation } from '../../../lib/measurements/aggregate.ts'
import type { Cell, Cells } from '../../../lib/measurements/cells.ts'
import { runs } from '../../support/property.ts'

/** All aggregates of the cells, which are added in parts of the given size. */
function aggregatesOf(cells: readonly Cell[], part = cells.length) {
  const state = emptyAccumulation(true)
  const rows = cells.map((_, row) => row)
  for (let from = 0; from < cells.length; from += part)
    addCells(state, cells, rows, from, Math.min(from + part, cells.length))
  return Object.fromEntries(AGGREGATES.map((aggregate) => [aggregate, aggregateOf(state, aggregate)]))
}

/** The exact sum of doubles, in units of the smallest double. */
const exactSum = (values: readonly number[]): bigint => values.reduce((sum, value) => sum + toUnits(value), 0n)

function toUnits(value: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n
  const [exponent, fraction] = [(bits >> 52n) & 2047n, bits & (2n ** 52n - 1n)]
  const units = exponent === 0n ? fraction : (fraction | (2n ** 52n)) << (exponent - 1n)
  return bits >> 63n === 1n ? -units : units
}

/** All aggregates of some rows, which are added in two parts. */
function aggregatesOfRows(cells: Cells, rows: readonly number[], middle: number) {
  const state = emptyAccumulation(true)
  addCells(state, cells, rows, 0, middle)
  addCells(state, cells, rows, middle, rows.length)
  return AGGREGATES.map((aggregate) => aggregateOf(state, aggregate))
}

describe('aggregates', () => {
  it('of an array of doubles are those of the same cells, for all rows and for some', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    const rows = fc.array(fc.tuple(number, fc.boolean()), { maxLength: 40 })
    fc.assert(
      fc.property(rows, fc.boolean(), fc.nat(40), (numbers, hasAll, part) => {
        const cells = numbers.map(([value]) => value)
        const selected = numbers.flatMap(([, isSelected], row) => (hasAll || isSelected ? [row] : []))
        const middle = Math.min(part, selected.length)
        expect(aggregatesOfRows(Float64Array.from(cells), selected, middle)).toEqual(
          aggregatesOfRows(cells, selected, middle),
        )
      }),
      { numRuns: runs(500) },
    )
  })

  it('ignore null cells, and use true and false as 1 and 0', () => {
    expect(aggregatesOf([null, true, 4, null, false, 3])).toEqual({
      ...{ mean: 2, min: 0, max: 4, count: 4, first: true, last: 3, median: 2, sum: 8 },
    })
  })

  it('of texts are their number, the first and the last', () => {
    expect(aggregatesOf([null, 'on', 'off', null])).toEqual({
      ...{ mean: null, min: null, max: null, count: 2, first: 'on', last: 'off', median: null, sum: null },
    })
  })

  it('without values are null, and their number is 0', () => {
    expect(aggregatesOf([null, null])).toMatchObject({ count: 0, sum: null, mean: null, first: null, median: null })
  })

  it('lose no digits to large values', () => {
    expect(aggregatesOf([1e16, 1, -1e16, 1])).toMatchObject({ sum: 2, mean: 0.5 })
    expect(aggregatesOf(new Array<number>(10).fill(0.1))).toMatchObject({ sum: 1, mean: 0.1 })
  })

  it('have a mean and a median also where the sum is beyond a double', () => {
    const { MAX_VALUE } = Number
    for (const part of [1, 2, 4]) {
      expect(aggregatesOf([MAX_VALUE, MAX_VALUE, MAX_VALUE, MAX_VALUE], part)).toMatchObject({
        ...{ sum: null, mean: MAX_VALUE, median: MAX_VALUE, count: 4 },
      })
      expect(aggregatesOf([MAX_VALUE, MAX_VALUE, -MAX_VALUE, -MAX_VALUE], part)).toMatchObject({
        ...{ sum: 0, mean: 0, median: 0 },
      })
    }
  })

  it('agree with exact arithmetic, in parts of any size', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 60 }), (doubles, part) => {
        const { sum, mean, min, max, median, count, first, last } = aggregatesOf(doubles, part)
        const exact = exactSum(doubles)
        const size = doubles.reduce(
          (total, value) => total + (toUnits(value) < 0n ? -toUnits(value) : toUnits(value)),
          0n,
        )
        // The error of compensated summation: one rounding, and one of the lost digits.
        const tolerance = (exact < 0n ? -exact : exact) / 2n ** 51n + size / 2n ** 90n + 2n ** 64n
        const distance = (units: bigint) => (units < exact ? exact - units : units - exact)
        if (typeof sum === 'number') expect(distance(toUnits(sum)) <= tolerance).toBe(true)
        else expect(exact >= toUnits(Number.MAX_VALUE) || exact <= -toUnits(Number.MAX_VALUE)).toBe(true)
        const meanUnits = toUnits(Number(mean)) * BigInt(doubles.length)
        expect(distance(meanUnits) <= tolerance * 2n * BigInt(doubles.length)).toBe(true)
        const sorted = doubles.toSorted((a, b) => a - b)
        const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
        expect([min, max, count]).toEqual([sorted[0], sorted.at(-1), doubles.length])
        expect([first, last]).toEqual([doubles[0], doubles.at(-1)])
        expect(Number(median) >= low && Number(median) <= high).toBe(true)
        expect(Number(median)).toBeCloseTo(low / 2 + high / 2)
        expect(Number(mean) >= Number(min) && Number(mean) <= Number(max)).toBe(true)
      }),
      { numRuns: runs(500) },
    )
  })
})
