import fc from 'fast-check'
import { expect, it } from 'vitest'
import { notateTime } from '../../../lib/measurements/time-notation.ts'
import { parseTime } from '../../../lib/measurements/times.ts'

// Texts and numbers in one column stay texts for pandas: pandas-dev/pandas#35520, kevmo314/appendable#66.
it.each([
  [1706792400000, '2024-02-01T13:00:00.000Z', 1706792400],
  [1706792400500, '2024-02-01T13:00:00.500Z', 1706792400.5],
  [1588507200123.456, '2020-05-03T12:00:00.123456Z', 1588507200.123456],
  [1588507200999.9998, '2020-05-03T12:00:01.000Z', 1588507201],
  [-0.0001, '1970-01-01T00:00:00.000Z', 0],
  [-1500, '1969-12-31T23:59:58.500Z', -1.5],
])('writes %d ms as %s and %d', (ms, iso, unix) => {
  expect([notateTime(ms, 'iso'), notateTime(ms, 'unix')]).toEqual([iso, unix])
})

it('writes the same time in both notations, to the microsecond', () => {
  fc.assert(
    fc.property(fc.double({ min: -6e10, max: 9e13, noNaN: true }), (ms) => {
      for (const notation of ['iso', 'unix'] as const) {
        expect(Math.abs((parseTime(notateTime(ms, notation)) ?? Infinity) - ms)).toBeLessThan(0.02)
      }
    }),
  )
})
