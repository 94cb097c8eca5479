import { describe, expect, it } from 'vitest'
import { hasNumbers, nearest, rowCount, rowCountIn, samplesOf, summaryOf } from '../../../web/data/samples.ts'

const rows = [1, 2, 3].map((time) => ({ time, cells: { a: time === 2 ? null : time * 10, note: `n${time}` } }))
const windows = {
  width: 100,
  rows: [
    { time: 0, cells: { a_mean: 2, a_min: 1, a_max: 3, a_count: 3, a_last: 1, time_upload_utc_count: 4, b_count: 0 } },
    {
      time: 100,
      cells: {
        a_mean: 8,
        a_min: 8,
        a_max: 8,
        a_count: 1,
        a_last: 8,
        time_upload_utc_count: 1,
        b_count: 1,
        b_last: 'x',
        b_mean: null,
      },
    },
  ],
}

describe('samples', () => {
  it('of rows leave out rows without a value', () => {
    expect(samplesOf({ rows, width: 0 }, 'a')).toEqual([
      { time: 1, width: 0, value: 10, low: 10, high: 10, count: 1, last: 10 },
      { time: 3, width: 0, value: 30, low: 30, high: 30, count: 1, last: 30 },
    ])
  })

  it('of windows are in their middle, with the mean and its limits', () => {
    expect(samplesOf(windows, 'a')[0]).toEqual({ time: 50, width: 100, value: 2, low: 1, high: 3, count: 3, last: 1 })
  })

  it('of texts have no numbers', () => {
    expect(hasNumbers(samplesOf({ rows, width: 0 }, 'note'))).toBe(false)
    expect(samplesOf(windows, 'b')).toEqual([
      { time: 150, width: 100, value: null, low: 0, high: 0, count: 1, last: 'x' },
    ])
  })

  it('of the box are the name of the box', () => {
    const box = { width: 10, rows: [{ time: 0, cells: { box: 'attic', time_upload_utc_count: 7 } }] }
    expect(samplesOf(box, 'box')).toMatchObject([{ time: 5, count: 7, last: 'attic' }])
  })
})

describe('the number of rows', () => {
  it('is that of the rows or of all windows', () => {
    expect([rowCount({ rows, width: 0 }), rowCount(windows)]).toEqual([3, 5])
  })

  it('of a range is that of the windows that overlap it', () => {
    expect([rowCountIn(windows, 120, 300), rowCountIn(windows, 50, 100), rowCountIn(windows, 300, 400)]).toEqual([
      1, 5, 0,
    ])
  })
})

describe('a summary', () => {
  it('of windows is that of their rows', () => {
    expect(summaryOf(samplesOf(windows, 'a'))).toEqual({ count: 4, least: 1, mean: 3.5, most: 8, last: 8 })
  })

  it('of many rows is exact', () => {
    const many = Array.from({ length: 200_000 }, (_, time) => ({ time, cells: { a: time } }))
    expect(summaryOf(samplesOf({ rows: many, width: 0 }, 'a'))).toMatchObject({ most: 199_999, mean: 99_999.5 })
  })

  it('of texts does not exist', () => {
    expect(summaryOf(samplesOf({ rows, width: 0 }, 'note'))).toBeNull()
  })
})

describe('the nearest sample', () => {
  it('is the one before or after a time', () => {
    const samples = samplesOf({ rows, width: 0 }, 'a')
    expect([0, 1, 1.9, 2.1, 9].map((time) => nearest(samples, time)?.value)).toEqual([10, 10, 10, 30, 30])
    expect(nearest([], 1)).toBeUndefined()
  })
})
