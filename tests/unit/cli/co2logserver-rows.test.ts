import { describe, expect, it } from 'vitest'
import {
  type ImportedTimes,
  RowIssue,
  type SqliteValue,
  toRow,
  toStoredNames,
} from '../../../cli/import/co2logserver-rows.ts'
import { tally } from '../../../cli/support/tally.ts'

const UPLOADED = '2020-05-03 12:00:00.123456+00:00'
const UPLOADED_MS = Date.UTC(2020, 4, 3, 12, 0, 0, 123) + 0.456

/** Reads a row of these columns, received at `UPLOADED` by default. */
function read(values: Record<string, SqliteValue>, before = 0, times: ImportedTimes = 'seconds') {
  const warnings = tally()
  const row = { time_upload_utc: UPLOADED, ...values }
  const context = { names: Object.keys(row), timeColumns: ['time', 'time_utc', 'timestamp'], times, warnings }
  const imported = toRow(Object.values(row), 6, before, context)
  return { ...imported, cells: Object.fromEntries(imported.cells), warnings: warnings.sentences() }
}

const cellsOf = (values: Record<string, SqliteValue>) => {
  const { time_upload_utc, ...others } = read(values).cells
  return others
}

describe('columns of a table', () => {
  const RECEIPT = 'time_upload_utc'

  it('have the names that an upload would store', () => {
    const warnings: string[] = []
    expect(toStoredNames(['CO2', 'a"b', 'Größe', RECEIPT], (sentence) => warnings.push(sentence))).toEqual([
      'co2',
      'ab',
      'größe',
      RECEIPT,
    ])
    expect(warnings).toEqual(['column 2 is stored as "ab"'])
  })

  it.each([
    [['!?', RECEIPT], 'Column 1 of the table cannot be stored: its name has neither letters nor digits.'],
    [[RECEIPT, '__proto__'], 'Column 2 of the table cannot be stored: its name has neither letters nor digits.'],
    [['x'.repeat(129), RECEIPT], 'Column 1 of the table cannot be stored: its name has more than 128 characters.'],
    [[RECEIPT, 'a', 'A!'], 'Column 3 of the table cannot be stored: another column has the same stored name "a".'],
    [['time', 'co2'], 'The table data has no column time_upload_utc: this is not a file of co2logserver.'],
  ])('are rejected together if one is invalid: %#', (names, sentence) => {
    expect(() => toStoredNames(names, () => undefined)).toThrow(sentence)
  })

  it('may have a name of 128 characters', () => {
    expect(toStoredNames([RECEIPT, 'x'.repeat(128)], () => undefined)).toHaveLength(2)
  })
})

describe('cells of SQLite', () => {
  it('keep their types and values', () => {
    expect(cellsOf({ a: 1n, b: 1.5, c: '007', d: null, e: '', f: -0, g: -(2n ** 53n) })).toEqual({
      a: 1,
      b: 1.5,
      c: '007',
      e: '',
      f: 0,
      g: -9007199254740992,
    })
    expect(Object.is(cellsOf({ f: -0 })['f'], 0)).toBe(true)
  })

  it('are changed only with a message', () => {
    const { cells, warnings } = read({
      big: 9223372036854775807n,
      far: Number.POSITIVE_INFINITY,
      blob: Uint8Array.of(0, 255, 254),
      odd: 'a\ufffdb',
    })
    expect(cells).toEqual({
      time_upload_utc: 1588507200.123456,
      big: '9223372036854775807',
      blob: 'AP/+',
      odd: 'a\ufffdb',
    })
    expect(warnings).toEqual([
      'row 7: column "big": more digits than a JSON number can have, stored as text',
      'row 7: column "far": infinite, stored as null',
      'row 7: column "blob": bytes, stored as base64 text',
      'row 7: column "odd": contains U+FFFD, the replacement for bytes that are not UTF-8',
    ])
  })

  it('are accepted up to the limits and rejected with their row beyond', () => {
    expect(cellsOf({ a: 'ä'.repeat(2048) })['a']).toHaveLength(2048)
    expect(() => read({ a: `${'ä'.repeat(2048)}x` })).toThrow(
      new RowIssue('column "a": a text may have at most 4096 bytes'),
    )
    expect(() => read({ box: 'b'.repeat(257) })).toThrow(new RowIssue('a box name may have at most 256 characters'))
    expect(read({ box: 'b'.repeat(256) }).source).toHaveLength(256)
    expect(() => read({ matched_checksums: 'x'.repeat(513) })).toThrow(RowIssue)
    const wide = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, 'x'.repeat(4000)]))
    expect(Object.keys(cellsOf(wide(84)))).toHaveLength(84)
    expect(() => read(wide(85))).toThrow(new RowIssue('a row may have at most 340000 bytes, column names included'))
  })
})

describe('the time of a row', () => {
  it.each<[SqliteValue, number]>([
    ['2020-05-03 11:00:00.5+00:00', Date.UTC(2020, 4, 3, 11, 0, 0, 500)],
    ['2020-05-03 13:00:00+02:00', Date.UTC(2020, 4, 3, 11)],
    [1588507200n, 1588507200000],
    [1588507200123n, 1588507200123],
    [43.5, 43500],
  ])('are stored as in an upload: %s', (value, time) => {
    expect(read({ time: value })).toMatchObject({ time, timeColumn: 'time', warnings: [] })
  })

  // Texts next to the numbers of new rows: muety/wakapi#972, techouse/sqlite3-to-mysql#52.
  it.each<[SqliteValue, SqliteValue]>([
    ['2020-05-03 11:00:00+00:00', 1588503600],
    ['2020-05-03 11:00:00.500000+00:00', 1588503600.5],
    ['2020-05-03 11:00:00.123456', 1588503600.123456],
    ['2020-05-03T11:00:00Z', '2020-05-03T11:00:00Z'],
    ['2020-05-03 13:00:00+02:00', '2020-05-03 13:00:00+02:00'],
    ['2020-02-30 11:00:00+00:00', '2020-02-30 11:00:00+00:00'],
    ['6000-05-03 11:00:00+00:00', '6000-05-03 11:00:00+00:00'],
  ])('of %s is stored as %s, as the device sent it', (value, cell) => {
    expect(read({ time: value, co2: value }).cells).toMatchObject({ time: cell, co2: value })
  })

  it('remains a text in an import that an earlier version started', () => {
    const { cells, time } = read({ time: '2020-05-03 11:00:00+00:00' }, 0, 'text')
    expect([cells['time'], time]).toEqual(['2020-05-03 11:00:00+00:00', Date.UTC(2020, 4, 3, 11)])
  })

  it('is from the first time column with a value', () => {
    expect(read({ timestamp: 3n, time_utc: 2n, time: null })).toMatchObject({ time: 2000, timeColumn: 'time_utc' })
  })

  it('is the receipt, to the microsecond, without a readable time column', () => {
    expect(read({ co2: 1n })).toMatchObject({ time: UPLOADED_MS, timeColumn: 'time_upload_utc', warnings: [] })
    expect(read({ time: 'noon', time_utc: 2n })).toMatchObject({
      time: UPLOADED_MS,
      timeColumn: 'time_upload_utc',
      cells: { time: 'noon', time_utc: 2 },
      warnings: ['row 7: column "time": not readable as a time, the time of receipt applies'],
    })
  })
})

describe('the receipt of a row', () => {
  it('is the time of upload that the server stored', () => {
    expect(read({ matched_checksums: 'md5,sha256', failed_checksums: '' })).toMatchObject({
      receivedAt: UPLOADED_MS,
      matchedChecksums: ['md5', 'sha256'],
      failedChecksums: [],
      cells: { time_upload_utc: 1588507200.123456 },
    })
    expect(read({ failed_checksums: 'sha1' })).toMatchObject({ matchedChecksums: [], failedChecksums: ['sha1'] })
    expect(Object.keys(read({ matched_checksums: 'md5' }).cells)).toEqual(['time_upload_utc'])
  })

  it('is that of the previous row if it is unreadable', () => {
    const { receivedAt, time, cells, warnings } = read({ time_upload_utc: null }, 1234)
    expect({ receivedAt, time, cells }).toEqual({ receivedAt: 1234, time: 1234, cells: { time_upload_utc: 1.234 } })
    expect(warnings).toEqual([`row 7: column "time_upload_utc": not readable as a time, the previous row's applies`])
  })

  it('is read back unchanged in any century', () => {
    expect(read({ time_upload_utc: '1970-01-01 00:00:07.5+00:00' }).cells).toEqual({ time_upload_utc: 7.5 })
    expect(read({ time_upload_utc: '9000-01-01 00:00:00+00:00' }).cells).toEqual({
      time_upload_utc: '9000-01-01T00:00:00.000Z',
    })
  })
})

it.each<[SqliteValue, string, boolean]>([
  ['indoor', 'indoor', true],
  [7n, '7', true],
  [0n, '0', true],
  ['', 'default', false],
  [null, 'default', false],
])('maps the box %s to the source %s', (box, source, named) => {
  expect(read({ box })).toMatchObject({ source, named })
})
