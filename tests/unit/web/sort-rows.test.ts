import { describe, expect, it } from 'vitest'
import { sortRows } from '../../../web/data/sort-rows.ts'

const rows = [3, '10', null, 'b', 'a2', 'a10', undefined, true].map((a, time) => ({ time, series: '', cells: { a } }))
const order = (text: string) => sortRows(rows, text).map(({ time }) => time)

describe('the order of the table', () => {
  it('is the newest row first', () => {
    expect(order('')).toEqual([7, 6, 5, 4, 3, 2, 1, 0])
    expect(order(':asc')).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('has numbers before texts and empty cells last', () => {
    expect(order('a:asc')).toEqual([7, 0, 1, 4, 5, 3, 6, 2])
    expect(order('a:desc')).toEqual([1, 0, 7, 3, 5, 4, 6, 2])
  })
})
