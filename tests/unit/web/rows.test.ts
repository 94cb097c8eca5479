import { describe, expect, it } from 'vitest'
import { numberIn, readRows } from '../../../web/data/rows.ts'

const ndjson = (...rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

describe('rows of a page', () => {
  it('have the time of the first column, whatever its name is', () => {
    const [row, other] = readRows('{"when":1588507200,"1":5}\n{"wh\\"en":1588507200.25,"1":5}\n')
    expect([row?.time, other?.time]).toEqual([1_588_507_200_000, 1_588_507_200_250])
    expect(row?.cells['1']).toBe(5)
  })

  it('have times with microseconds, without errors of rounding', () => {
    expect(readRows(ndjson({ time: 1588507200.000001 }))[0]?.time).toBe(1_588_507_200_000.001)
  })

  it('may be empty', () => {
    expect(readRows('')).toEqual([])
  })

  it('are rejected if they are not objects with a time', () => {
    for (const text of ['[1]\n', '{"a":\n', '{}\n', '{"a":"soon"}\n']) expect(() => readRows(text)).toThrow()
  })
})

describe('the number in a cell', () => {
  it('is that of numbers, of texts of digits, and of booleans', () => {
    const cells = [1.5, '9007199254740993', true, false, 'text', '', ' ', null, undefined]
    expect(cells.map(numberIn)).toEqual([1.5, 9007199254740992, 1, 0, null, null, null, null, null])
  })
})
