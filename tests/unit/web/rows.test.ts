import { describe, expect, it } from 'vitest'
import { columnValues, formatNumber, formatTime, groupsOf, readRows, summaryOf } from '../../../web/data/rows.ts'

const RECEIVED = '2020-05-03T12:00:00.000Z'
const ndjson = (...rows: unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

describe('rows of a page', () => {
  it.each([
    [{ time: 1588507200 }, 1588507200000],
    [{ time_utc: 1588507200000 }, 1588507200000],
    [{ timestamp: '2020-05-03T14:00:00+02:00' }, 1588507200000],
    [{ time: 1, time_utc: 2, timestamp: 3 }, 1000],
    [{ time: null, time_utc: 2 }, 2000],
    [{ time: 'soon' }, Date.parse(RECEIVED)],
    [{ co2: 3 }, Date.parse(RECEIVED)],
  ])('have the same times as on the server: %j', (cells, time) => {
    const [row] = readRows(ndjson({ ...cells, time_upload_utc: RECEIVED }))
    expect(row?.time).toBe(time)
  })

  it('may be empty', () => {
    expect(readRows('')).toEqual([])
  })

  it('are rejected if they are not objects', () => {
    expect(() => readRows('[1]\n')).toThrow()
    expect(() => readRows('{"a":\n')).toThrow()
  })
})

describe('values of a column', () => {
  it('are its numbers, including those stored as text, and booleans', () => {
    const rows = readRows(ndjson(...[1.5, '9007199254740993', true, false, 'text', '', ' ', null].map((a) => ({ a }))))
    expect(columnValues(rows, 'a')).toEqual([1.5, 9007199254740992, 1, 0, null, null, null, null])
    expect(columnValues(rows, 'b')).toEqual([null, null, null, null, null, null, null, null])
  })

  it('are summarised, however large their number is', () => {
    expect(summaryOf([null, 3, -1, null, 4, null])).toEqual({ count: 3, least: -1, mean: 2, most: 4, last: 4 })
    expect(summaryOf(Array.from({ length: 200_000 }, (_, index) => index))?.most).toBe(199_999)
    expect(summaryOf([null, null])).toBeNull()
  })
})

describe('plots', () => {
  it('group columns of one unit, with a separate plot for every other column', () => {
    const columns = ['scd30_co2_ppm', 'a_temperature_c', 'co2', 'b_temperature_c', 'humidity', 'c_flow_l_min']
    expect(groupsOf(columns)).toEqual([
      ['scd30_co2_ppm'],
      ['a_temperature_c', 'b_temperature_c'],
      ['co2'],
      ['humidity'],
      ['c_flow_l_min'],
    ])
  })

  it('do not treat a column name as a unit', () => {
    expect(groupsOf(['ppm', 'scd30_co2_ppm'])).toEqual([['ppm'], ['scd30_co2_ppm']])
  })
})

describe('displayed values', () => {
  it.each([
    [0.1 + 0.2, '0.3'],
    [1223, '1223'],
    [1 / 3, '0.3333333'],
    [1e21, '1e+21'],
  ])('are for the number %d: %s', (value, text) => {
    expect(formatNumber(value)).toBe(text)
  })

  it('are for a time as short as possible', () => {
    expect(formatTime(1588507200000)).toBe('2020-05-03 12:00:00')
    expect(formatTime(1588507200250)).toBe('2020-05-03 12:00:00.250')
  })
})
