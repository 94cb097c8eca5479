import { describe, expect, it } from 'vitest'
import { marksOf } from '../../../web/data/marks.ts'

const RANGE = { from: 0, to: 100_000 }
const iso = (ms: number) => new Date(ms).toISOString()
const warning = (ms: number) => ({ sentence: 'a value is null', received_at: iso(ms) })
const parked = (from: number, to: number) => ({ first: iso(from), last: iso(to), reason: 'time_in_future' })

describe('the marks of plots', () => {
  it('are the times of warnings, each once', () => {
    const series = [{ warnings: [warning(5_000), warning(5_000)] }, { warnings: [warning(7_000), warning(5_000)] }, {}]
    expect(marksOf(series, RANGE)).toEqual([
      { kind: 'warning', from: 5_000, to: 5_000 },
      { kind: 'warning', from: 7_000, to: 7_000 },
    ])
  })

  it('are at the end of the range for a warning that arrived shortly after it', () => {
    const marks = marksOf([{ warnings: [warning(101_000), warning(150_000)] }], RANGE)
    expect(marks.map(({ from }) => from)).toEqual([100_000, 150_000])
  })

  it('are parked times of all series, of which those that overlap are one', () => {
    const series = [
      { parked: [parked(50_000, 60_000), parked(10_000, 30_000)] },
      { parked: [parked(20_000, 25_000), parked(30_000, 40_000)] },
    ]
    expect(marksOf(series, RANGE)).toEqual([
      { kind: 'parked', from: 10_000, to: 40_000 },
      { kind: 'parked', from: 50_000, to: 60_000 },
    ])
  })
})
