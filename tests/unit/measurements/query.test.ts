import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { encodeCursor } from '../../../lib/measurements/parameters.ts'
import { downloadQuery, resolveQuery } from '../../../lib/measurements/query.ts'
import { thrownProblem } from '../../support/problems.ts'

const parse = (query: Record<string, string>) => downloadQuery.parse(query)
/** The parameter that is rejected, and the message. */
const issuesOf = (query: unknown) =>
  downloadQuery.safeParse(query).error?.issues.map(({ path, message }) => [path.join('.'), message])

describe('the parameters of a download', () => {
  it('have defaults', () => {
    expect(parse({})).toEqual({ number: 1000, formulas: 'defuse', bounds: {} })
  })

  it.each(['html', 'csv', 'json', 'ndjson'])('accept the format %s', (format) => {
    expect(parse({ format }).format).toBe(format)
  })

  it.each(['xml', 'CSV', ''])('reject the format "%s"', (format) => {
    expect(issuesOf({ format })).toEqual([['format', 'must be html, csv, json or ndjson']])
  })

  it.each([
    ['co2', ['co2']],
    ['co2,time', ['co2', 'time']],
    [' CO2 , Time ', ['co2', 'time']],
    ['co2 [ppm]', ['co2 ppm']],
    ['a,a', ['a', 'a']],
  ])('accept cols=%s as names', (cols, names) => {
    expect(parse({ cols }).cols).toEqual(names)
  })

  it.each(['', ',', 'co2,', ',co2', 'co2,,time', '!'])('reject cols=%s', (cols) => {
    expect(issuesOf({ cols })).toEqual([['cols', 'must be column names separated by commas']])
  })

  it.each([
    ['0', 0],
    ['1', 1],
    ['007', 7],
    ['10000', 10000],
  ])('accept number=%s', (number, value) => {
    expect(parse({ number }).number).toBe(value)
  })

  it.each(['', '-1', '+1', '1.5', '1e3', ' 1', 'all', '٣'])('reject number=%s', (number) => {
    expect(issuesOf({ number })).toEqual([['number', 'must be a whole number from 0 to 10000']])
  })

  it.each(['10001', '9999999', '9'.repeat(400)])('reject number=%s, which is too large', (number) => {
    expect(issuesOf({ number })).toEqual([['number', 'must be at most 10000; the Link header leads to the rest']])
  })

  it.each([
    ['time,desc', { column: 'time', descending: true }],
    ['time,asc', { column: 'time', descending: false }],
    ['TIME,DESC', { column: 'time', descending: true }],
    ['Time, Asc', { column: 'time', descending: false }],
    ['a,b,desc', { column: 'ab', descending: true }],
  ])('accept order_by=%s', (order_by, order) => {
    expect(parse({ order_by }).order_by).toEqual(order)
  })

  it.each(['', 'time', 'time,', ',desc', 'time,down', 'time desc', 'desc'])('reject order_by=%s', (order_by) => {
    expect(issuesOf({ order_by })).toEqual([['order_by', 'must be a column and a direction, as in time,desc']])
  })

  it.each(['!,asc', ' ,desc'])('reject order_by=%s, which names no column', (order_by) => {
    expect(downloadQuery.safeParse({ order_by }).success).toBe(false)
  })

  it.each([
    ['1588507200', 1588507200000],
    ['1588507200000', 1588507200000],
    ['2020-05-03T14:00:00+02:00', 1588507200000],
    ['2020-05-03T14:00:00 02:00', 1588507200000],
  ])('accept %s in from and to', (text, ms) => {
    expect(parse({ from: text, to: text })).toMatchObject({ from: ms, to: ms })
  })

  it.each(['', 'soon', '2020-02-30'])('reject "%s" in from and to', (text) => {
    const message =
      'must be a time: UNIX seconds, UNIX milliseconds, ISO 8601, a date, or a time ago such as -24h or -7d'
    expect(issuesOf({ from: text, to: text })).toEqual([
      ['from', message],
      ['to', message],
    ])
  })

  it('accept source and client_id unchanged', () => {
    expect(parse({ source: ' Box 1 ', client_id: 'default' })).toMatchObject({
      source: ' Box 1 ',
      client_id: 'default',
    })
  })

  it('reject an empty source and an empty client_id', () => {
    expect(issuesOf({ source: '', client_id: '' })).toEqual([
      ['source', 'must not be empty'],
      ['client_id', 'must not be empty'],
    ])
  })

  it('accept a source of 256 characters and a client_id of 64', () => {
    const query = { source: 'é'.repeat(256), client_id: 'c'.repeat(64) }
    expect(parse(query)).toMatchObject(query)
  })

  it('reject a source of 257 characters and a client_id of 65', () => {
    expect(issuesOf({ source: 's'.repeat(257), client_id: 'c'.repeat(65) })).toEqual([
      ['source', 'must have at most 256 characters'],
      ['client_id', 'must have at most 64 characters'],
    ])
  })

  it('accept formulas=keep', () => {
    expect(parse({ formulas: 'keep' }).formulas).toBe('keep')
  })

  it('reject any other value of formulas', () => {
    expect(issuesOf({ formulas: 'run' })).toEqual([['formulas', 'must be defuse or keep']])
  })

  it('collect min_ and max_ as bounds, with any character in name and value', () => {
    expect(parse({ min_co2: '600', 'max_a.b:c+d e': '=;&\n%', min_max_x: '1' }).bounds).toEqual({
      min_co2: '600',
      'max_a.b:c+d e': '=;&\n%',
      min_max_x: '1',
    })
  })

  it.each(['min_', 'max_', 'MIN_co2', 'col', 'Format', 'bounds', 'constructor', 'toString'])(
    'reject the unknown parameter %s',
    (name) => {
      expect(downloadQuery.safeParse({ [name]: '1' }).error?.issues).toMatchObject([
        { code: 'unrecognized_keys', keys: [name] },
      ])
    },
  )

  it('reject the unknown parameter __proto__', () => {
    expect(downloadQuery.safeParse(Object.fromEntries([['__proto__', '1']])).success).toBe(false)
  })

  it('reject several parameters at once', () => {
    expect(
      issuesOf({ number: 'x', format: 'x', from: 'x' })
        ?.map(([field]) => field)
        .sort(),
    ).toEqual(['format', 'from', 'number'])
  })
})

describe('a cursor', () => {
  const KEY = '2020-05-03T12:00:00.000Z#zkjHBg25P5m8yiqp4ED50H'
  const place = fc.record({
    source: fc.string({ unit: 'binary', minLength: 1, maxLength: 256 }).filter(({ length }) => length <= 256),
    block: fc.oneof(
      fc.constant('0'),
      fc.stringMatching(/^2020-05-03T12:00:0[0-9]\.[0-9]{3}Z#[A-Za-z0-9_-]{22}(?:-[1-9][0-9]?)?$/),
    ),
    row: fc.nat(1_440),
  })

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(place, (cursor) => {
        expect(parse({ cursor: encodeCursor(cursor) }).cursor).toEqual(cursor)
      }),
    )
  })

  it('needs no escaping in a URL', () => {
    fc.assert(fc.property(place, (cursor) => /^[\w-]+$/.test(encodeCursor(cursor))))
  })

  it.each([
    ['the start of a series', { source: 'a', block: '0', row: 0 }],
    ['a position in a block', { source: 'a', block: KEY, row: 1_440 }],
    ['a position in the copy of a block', { source: 'a', block: `${KEY}-1`, row: 1 }],
    [
      'a position in the earliest possible block',
      { source: 'a', block: `0001-01-01T00:00:00.000Z#${'-'.repeat(22)}`, row: 1 },
    ],
    ['a source of 256 characters', { source: 'é'.repeat(256), block: '0', row: 1 }],
  ])('may be %s', (_, cursor) => {
    expect(parse({ cursor: encodeCursor(cursor) }).cursor).toEqual(cursor)
  })

  const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  it('contains only source, block and row', () => {
    const cursor = { source: 'a', block: KEY, row: 1 }
    expect(parse({ cursor: text({ ...cursor, order: 5 }) }).cursor).toEqual(cursor)
  })

  it.each([
    ['an empty text', ''],
    ['text other than base64', '%%%'],
    ['text other than JSON', Buffer.from('{"source"').toString('base64url')],
    ['a list', text([])],
    ['null', text(null)],
    ['a position without a source', text({ block: KEY, row: 1 })],
    ['a position without a block', text({ source: 'a', row: 1 })],
    ['a position without a row', text({ source: 'a', block: KEY })],
    ['a negative row', text({ source: 'a', block: KEY, row: -1 })],
    ['a fraction of a row', text({ source: 'a', block: KEY, row: 0.5 })],
    ['a row as text', text({ source: 'a', block: KEY, row: '1' })],
    ['a row beyond any block', text({ source: 'a', block: KEY, row: 1_441 })],
    ['a source that is not text', text({ source: 1, block: KEY, row: 1 })],
    ['an empty source', text({ source: '', block: KEY, row: 1 })],
    ['a source of 257 characters', text({ source: 's'.repeat(257), block: KEY, row: 1 })],
    ['a block that is not text', text({ source: 'a', block: 0, row: 1 })],
    ['an empty block', text({ source: 'a', block: '', row: 1 })],
    ['a block that is not a key', text({ source: 'a', block: 'b', row: 1 })],
    ['a block without a digest', text({ source: 'a', block: KEY.slice(0, 25), row: 1 })],
    ['a block with a truncated digest', text({ source: 'a', block: KEY.slice(0, -1), row: 1 })],
    ['a block without a time', text({ source: 'a', block: KEY.slice(24), row: 1 })],
    ['a block with a digest in other characters', text({ source: 'a', block: `${KEY.slice(0, -1)}+`, row: 1 })],
    ['a block with a line end', text({ source: 'a', block: `${KEY}\n`, row: 1 })],
    ['a block with a prefix', text({ source: 'a', block: `x${KEY}`, row: 1 })],
    ['a truncated cursor', encodeCursor({ source: 'a', block: KEY, row: 1 }).slice(0, -4)],
  ])('is rejected if it is %s', (_, cursor) => {
    expect(issuesOf({ cursor })).toEqual([['cursor', 'must be copied from the Link header of the previous page']])
  })

  it('is rejected without other errors, whatever it contains', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (cursor) => {
        expect(issuesOf({ cursor })).toEqual([['cursor', 'must be copied from the Link header of the previous page']])
      }),
    )
  })
})

const TIMES = ['time', 'time_utc', 'timestamp']
const EXISTING = new Set(['co2', 'timestamp', 'box', 'time'])
const selected = (query: Record<string, string>, existing: ReadonlySet<string> = EXISTING) =>
  resolveQuery(parse(query), existing, TIMES)

describe('applying a query to the columns of a series', () => {
  it('selects all: times first, then others by name, then those of the server', () => {
    expect(selected({})).toEqual({
      columns: ['time', 'timestamp', 'box', 'co2', 'time_upload_utc', 'matched_checksums', 'failed_checksums'],
      tests: [],
      order: null,
      times: null,
      read: null,
    })
  })

  it('has the time of each row first in iso and unix, and reads whole blocks for it', () => {
    expect(selected({ times: 'iso' })).toMatchObject({
      columns: ['time', 'timestamp', 'box', 'co2', 'time_upload_utc', 'matched_checksums', 'failed_checksums'],
      times: { column: 'time', notation: 'iso' },
    })
    expect(selected({ times: 'unix', cols: 'co2,time' })).toMatchObject({ columns: ['time', 'co2'], read: null })
    const query = { times: 'iso', cols: 'co2', min_time: '1', order_by: 'time,asc' }
    expect(selected(query, new Set(['co2', 'timestamp']))).toMatchObject({
      columns: ['time', 'co2'],
      order: { column: 'time', isTime: true },
    })
    expect(selected({ times: 'sent' }).times).toBeNull()
  })

  it('selects the requested columns, in their order', () => {
    expect(selected({ cols: 'co2,time' })).toMatchObject({ columns: ['co2', 'time'], read: ['co2', 'time'] })
  })

  it('reads the columns to return, filter and sort by, each of them once', () => {
    const query = { cols: 'co2', min_box: 'a', max_co2: '5', order_by: 'time,desc' }
    expect(selected(query).read).toEqual(['co2', 'box', 'time'])
  })

  it.each([{ from: '0' }, { to: '0' }])('reads all columns if it selects rows by time: %j', (range) => {
    expect(selected({ cols: 'co2', ...range }).read).toBeNull()
  })

  it('sorts by a column, as times if it contains times', () => {
    expect([selected({ order_by: 'CO2,asc' }).order, selected({ order_by: 'timestamp,desc' }).order]).toEqual([
      { column: 'co2', descending: false, isTime: false },
      { column: 'timestamp', descending: true, isTime: true },
    ])
  })

  it.each(['time_upload_utc', 'matched_checksums', 'failed_checksums'])('knows the column %s of the server', (name) => {
    expect(selected({ cols: name, [`min_${name}`]: '2020-05-03', order_by: `${name},asc` }).columns).toEqual([name])
  })

  it('compares the time of upload as a time', () => {
    expect(selected({ order_by: 'time_upload_utc,asc' }).order?.isTime).toBe(true)
  })

  it('selects an unknown column as an empty one', () => {
    expect(selected({ cols: 'nope,co2' })).toEqual({
      columns: ['nope', 'co2'],
      tests: [],
      order: null,
      times: null,
      read: ['nope', 'co2'],
    })
  })

  it.each([
    ['order_by', 'nope', { order_by: 'nope,asc' }],
    ['min_nope', 'nope', { min_nope: '1' }],
    ['max_nope', 'nope', { max_nope: '1' }],
    ['max_nope', 'nope', { cols: 'nope', max_nope: '1' }],
    ['min_NOPE', 'nope', { min_NOPE: '1' }],
    ['min_!', '', { 'min_!': '1' }],
    ['order_by', 'n'.repeat(128), { order_by: `${'n'.repeat(5_000)},asc` }],
  ])('rejects %s with the column "%s", which does not exist', (field, column, query: Record<string, string>) => {
    const detail = `names the column "${column}", which does not exist in this selection`
    expect(thrownProblem(() => selected(query))).toMatchObject({
      code: 'parameter_invalid',
      message: `${field} ${detail}.`,
      issues: [{ field, detail }],
    })
  })

  const names = (length: number) => Array.from({ length }, (_, index) => `c${index}`)
  it('selects 2,003 columns: 2,000 of a series and those of the server', () => {
    expect(selected({}, new Set(names(2_000))).columns).toHaveLength(2_003)
    expect(selected({ cols: names(2_003).join() }).columns).toHaveLength(2_003)
  })

  it.each([
    ['the series has', {}, new Set(names(2_001))],
    ['cols names', { cols: names(2_004).join() }, EXISTING],
  ])('is rejected, with a hint to cols, if %s more columns than that', (_, query: Record<string, string>, existing) => {
    const detail = 'must name at most 2003 columns, or source a single series: there are 2004 columns'
    expect(thrownProblem(() => selected(query, existing))).toMatchObject({
      code: 'parameter_invalid',
      message: `cols ${detail}.`,
      issues: [{ field: 'cols', detail }],
    })
  })

  it('accepts any column of a series without data', () => {
    const query = { cols: 'nox', min_nox: '1', order_by: 'nox,asc' }
    expect(selected(query, new Set())).toMatchObject({ columns: ['nox'], order: { column: 'nox' } })
  })

  it('selects only the columns of the server from a series without data', () => {
    expect(selected({}, new Set()).columns).toEqual(['time_upload_utc', 'matched_checksums', 'failed_checksums'])
  })

  it.each([
    ['min_time', 'soon', 'must be a time'],
    ['max_time_upload_utc', 'soon', 'must be a time'],
    ['min_time', '', 'must not be empty'],
    ['max_co2', '', 'must not be empty'],
  ])('is rejected if %s is "%s"', (field, bound, detail) => {
    expect(thrownProblem(() => selected({ [field]: bound }))).toMatchObject({
      code: 'parameter_invalid',
      issues: [{ field, detail }],
    })
  })

  it('filters rows by all bounds together', () => {
    const { tests } = selected({ min_co2: '600', max_co2: '700', min_time: '2020-05-03' })
    const row = (co2: Cell, time: Cell) => tests.every(({ column, test }) => test(column === 'co2' ? co2 : time))
    expect([row(600, 1588464000), row(700, 1588464000), row(599, 1588464000), row(650, 0), row(null, null)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  it('normalises names in bounds in the same way as column names', () => {
    expect(selected({ 'min_CO2!': '5' }).tests.map(({ column }) => column)).toEqual(['co2'])
  })
})
