import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { exportRequest, fixTimes } from '../../../lib/exports/parameters.ts'
import { parseOrThrow } from '../../../lib/http/input.ts'
import { thrownProblem } from '../../support/problems.ts'

const parse = (body: unknown) => parseOrThrow(exportRequest, body)
const issuesOf = (body: unknown) => thrownProblem(() => parse(body)).issues

describe('the request of an export', () => {
  it('accepts texts, numbers and booleans as parameters of a download', () => {
    const { texts, query, ...others } = parse({
      format: 'csv',
      client_id: 'c',
      from: 1_770_000_000,
      excel: true,
      cols: 'time,co2',
      bounds: { min_co2: 400, max_note: 'z' },
    })
    expect(others).toEqual({ format: 'csv', client_id: 'c', participant_id: undefined })
    expect(texts).toEqual({
      from: '1770000000',
      excel: 'true',
      cols: 'time,co2',
      min_co2: '400',
      max_note: 'z',
    })
    expect(query).toMatchObject({
      from: 1_770_000_000_000,
      excel: true,
      cols: ['time', 'co2'],
      bounds: { min_co2: '400', max_note: 'z' },
    })
  })

  it.each([
    [{}, 'format', 'must be csv, ndjson or parquet'],
    [{ format: 'html' }, 'format', 'must be csv, ndjson or parquet'],
    [{ format: 'csv', order_by: 'co2,asc' }, 'order_by', 'is unknown'],
    [{ format: 'csv', cursor: 'x' }, 'cursor', 'is unknown'],
    [{ format: 'csv', number: 5 }, 'number', 'is unknown'],
    [{ format: 'csv', cols: ['a'] }, 'cols', 'must be a string, a number, true or false'],
    [{ format: 'csv', from: 'soon' }, 'from', expect.stringContaining('must be a time')],
    [{ format: 'csv', points: 1.5 }, 'points', expect.stringContaining('must be a whole number')],
    [{ format: 'csv', bounds: { co2: 1 } }, 'bounds', 'must have names such as min_temp and max_temp'],
    [{ format: 'csv', bounds: { min_co2: [] } }, 'bounds.min_co2', 'must be a string, a number, true or false'],
    [{ format: 'parquet', excel: true }, 'excel', 'needs format=csv'],
    [{ format: 'csv', decimal: 'comma' }, 'decimal', 'needs delimiter=semicolon'],
    [{ format: 'csv', source: '' }, 'source', 'must not be empty'],
    [{ format: 'csv', cols: 'a\ud800' }, 'cols', 'must be well-formed Unicode'],
    [{ format: 'csv', bounds: { 'min_\udc00': 1 } }, 'min_\ufffd', 'must be well-formed Unicode'],
  ])('%j is rejected: %s %s', (body, field, detail) => {
    expect(issuesOf(body)).toEqual([{ field, detail }])
  })
})

describe('times of a range', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 4, 3) })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('are absolute in the plan, so that all files have the same range', () => {
    const request = parse({ format: 'csv', from: '-24h', to: 'now', cols: 'co2' })
    vi.setSystemTime(Date.UTC(2026, 4, 4))
    expect(fixTimes(request)).toEqual({ from: '2026-05-02T00:00:00.000Z', to: '2026-05-03T00:00:00.000Z', cols: 'co2' })
  })

  it('that are absolute stay as they were sent', () => {
    expect(fixTimes(parse({ format: 'csv', to: '2026-05-01' }))).toEqual({ to: '2026-05-01' })
  })
})
