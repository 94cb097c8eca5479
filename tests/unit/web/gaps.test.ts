import { describe, expect, it } from 'vitest'
import { findGaps, isInGap, statesOf } from '../../../web/data/gaps.ts'
import type { Sample } from '../../../web/data/samples.ts'

const sample = (time: number, width = 0, count = 1, last: unknown = 1): Sample => ({
  ...{ time, width, value: typeof last === 'number' ? 1 : null, low: 1, high: 1, count, last },
})

describe('gaps', () => {
  it('are distances of more than three median intervals', () => {
    const samples = [0, 60, 120, 180, 360, 420, 601].map((time) => sample(time))
    expect(findGaps(samples, 3)).toEqual([[420, 601]])
    expect(findGaps(samples, 2.5)).toEqual([
      [180, 360],
      [420, 601],
    ])
  })

  it('are not found with the factor 0, nor without samples', () => {
    expect([findGaps([sample(0), sample(1), sample(99)], 0), findGaps([], 3), findGaps([sample(5)], 3)]).toEqual([
      [],
      [],
      [],
    ])
  })

  it('do not depend on repeated times', () => {
    expect(
      findGaps(
        [0, 0, 0, 0, 60, 120, 180].map((time) => sample(time)),
        3,
      ),
    ).toEqual([])
  })

  it('in windows are missing windows', () => {
    const samples = [0, 100, 200, 400, 500].map((time) => sample(time, 100, 50))
    expect(findGaps(samples, 3)).toEqual([[200, 400]])
  })

  it('in windows that are shorter than the interval of the rows are as in rows', () => {
    const samples = [0, 300, 600, 900, 2100].map((time) => sample(time, 100, 1))
    expect(findGaps(samples, 3)).toEqual([[900, 2100]])
  })

  it('between windows and rows have the larger limit', () => {
    const samples = [sample(0, 100, 9), sample(100, 100, 9), sample(160), sample(161), sample(162), sample(262, 100, 9)]
    expect(findGaps(samples, 3)).toEqual([])
  })

  it('contain the times between their ends', () => {
    expect([1, 2, 3, 4, 5].map((time) => isInGap([[2, 4]], time))).toEqual([false, false, true, false, false])
  })
})

describe('states', () => {
  it('last until the next text, or until a gap', () => {
    const samples = [0, 10, 20, 30, 100, 110].map((time, index) => sample(time, 0, 1, index < 2 ? 'on' : 'off'))
    expect(statesOf(samples, [[30, 100]])).toEqual([
      { from: 0, to: 20, text: 'on' },
      { from: 20, to: 40, text: 'off' },
      { from: 100, to: 120, text: 'off' },
    ])
  })

  it('of one text have no length', () => {
    expect(statesOf([sample(7, 0, 1, 'on')], [])).toEqual([{ from: 7, to: 7, text: 'on' }])
  })
})
