import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isoTime, parseIso, parseTime } from '../../../lib/measurements/times.ts'

describe('ISO 8601', () => {
  it.each([
    '2020-05-03T12:00:00Z',
    '2020-05-03t12:00:00z',
    '2020-05-03 12:00:00',
    '2020-05-03T12:00:00',
    '2020-05-03T12:00',
    '2020-05-03T12:00Z',
    '2020-05-03T12:00:00.000Z',
    '2020-05-03 12:00:00.000000+00:00',
    '2020-05-03T12:00:00-00:00',
    '2020-05-03T14:00:00+02:00',
    '2020-05-03T14:00:00+0200',
    '2020-05-03T14:00:00+02',
    '2020-05-03T14:00+02:00',
    '2020-05-03 14:00:00 +02:00',
    '2020-05-03 12:00:00 Z',
    '2020-05-03T07:00:00-05:00',
    '2020-05-03T08:30:00-0330',
    '2020-05-03T17:45:00+05:45',
    '2020-05-04T02:00:00+14:00',
    '2020-05-03T00:00:00-12:00',
    ' 2020-05-03T12:00:00Z\n',
  ])('%s is the same moment', (text) => {
    expect(parseIso(text)).toBe(1588507200000)
  })

  it.each(['2020-05-03T14:00:00 02:00', '2020-05-03T14:00:00 0200', '2020-05-03T14:00:00 02'])(
    'takes the blank in "%s" for the plus that an unescaped query lost',
    (text) => {
      expect(parseIso(text)).toBe(1588507200000)
    },
  )

  it.each([
    ['2020-05-03T12:00:00.5Z', 1588507200500],
    ['2020-05-03T12:00:00,25Z', 1588507200250],
    ['2020-05-03T12:00:00.007Z', 1588507200007],
    ['2020-05-03T12:00:00.999Z', 1588507200999],
    ['2020-05-03T12:00:00.0005Z', 1588507200000.5],
  ])('keeps the fraction of %s', (text, ms) => {
    expect(parseIso(text)).toBe(ms)
  })

  it.each([
    ['2020-05-03', 1588464000000],
    ['1970-01-01', 0],
    ['2020-02-29', 1582934400000],
    ['2000-02-29', 951782400000],
    ['2016-12-31T23:59:60Z', 1483228800000],
    ['0001-01-01T00:00:00Z', -62135596800000],
    ['9999-12-31T23:59:59.999Z', 253402300799999],
    ['1969-12-31T23:59:59Z', -1000],
  ])('reads %s', (text, ms) => {
    expect(parseIso(text)).toBe(ms)
  })

  it.each([
    '',
    ' ',
    'yesterday',
    'true',
    '2020',
    '2020-05',
    '2020-5-3',
    '20-05-03',
    '2020/05/03',
    '2020-02-30',
    '2021-02-29',
    '1900-02-29',
    '2020-04-31T10:00:00Z',
    '2020-13-01',
    '2020-00-10',
    '2020-01-00',
    '2020-01-32',
    '2020-05-03T',
    '2020-05-03T12',
    '2020-05-03T25:00:00Z',
    '2020-05-03T12:60:00Z',
    '2020-05-03T12:00:61Z',
    '2020-05-03T12:00:00.Z',
    '2020-05-03T12:00:00+2',
    '2020-05-03T12:00:00+02:0',
    '2020-05-03T12:00:00+02:00Z',
    '2020-05-03T12:00:00Zulu',
    '2020-05-03Z',
    'x2020-05-03',
    '12020-05-03',
    '+2020-05-03',
  ])('"%s" is no time', (text) => {
    expect(parseIso(text)).toBeNull()
  })

  it.each(['2020-05-03T12:00:00+24:00', '2020-05-03T12:00:00-99:99', '2020-05-03T12:00:00+01:60'])(
    'refuses the offset of %s, which no clock has',
    (text) => {
      expect(parseIso(text)).toBeNull()
    },
  )

  it.each(['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01', '9999-12-31T23:59:60Z'])(
    '%s lies beyond the years 0001 to 9999',
    (text) => {
      expect(parseIso(text)).toBeNull()
    },
  )

  it('reads back every moment as JavaScript prints it', () => {
    const moment = fc.integer({ min: -62135596800000, max: 253402300799999 })
    fc.assert(fc.property(moment, (ms) => parseIso(new Date(ms).toISOString()) === ms))
  })

  it('comes to an end with blanks by the hundred thousand', () => {
    expect(parseIso(`2020-05-03 12:00${' '.repeat(200_000)}x`)).toBeNull()
  })
})

describe('a cell as a time', () => {
  it.each([
    [1588507200, 1588507200000],
    [1588507200.5, 1588507200500],
    [1588507200000, 1588507200000],
    [0, 0],
    [43, 43000],
    [-1, -1000],
    [99999999999, 99999999999000],
    [100000000000, 100000000000],
    [-62135596800, -62135596800000],
    [253402300799999, 253402300799999],
  ])('%d is UNIX seconds below 1e11, milliseconds from there on', (cell, ms) => {
    expect(parseTime(cell)).toBe(ms)
  })

  it.each([
    ['1588507200', 1588507200000],
    [' 1588507200 ', 1588507200000],
    ['1588507200.5', 1588507200500],
    ['1588507200000', 1588507200000],
    ['1.5885072e9', 1588507200000],
    ['+43', 43000],
    ['-1', -1000],
    ['2020-05-03T12:00:00Z', 1588507200000],
  ])('the text %j is read alike', (cell, ms) => {
    expect(parseTime(cell)).toBe(ms)
  })

  it.each([
    -62135596801,
    253402300800000,
    1588507200123456789n.toString(),
    1e300,
    '1e400',
    '',
    'soon',
    true,
    false,
    null,
  ])('%j is no time', (cell) => {
    expect(parseTime(cell)).toBeNull()
  })

  it.each([
    [1588507200.001, '2020-05-03T12:00:00.001Z'],
    [1588507200.000003, '2020-05-03T12:00:00.000003Z'],
    [1588507200.123456, '2020-05-03T12:00:00.123456Z'],
    [4381833407.883, '2108-11-08T15:56:47.883Z'],
  ])('UNIX seconds %d and %s are the same moment', (seconds, iso) => {
    expect(parseTime(seconds)).toBe(parseTime(iso))
  })

  it('gives the same moment for seconds and for milliseconds', () => {
    const moment = fc.integer({ min: 100_000_000_000, max: 99_999_999_999_999 })
    fc.assert(fc.property(moment, (ms) => parseTime(ms / 1000) === parseTime(ms)))
  })
})

describe('the text of a moment', () => {
  it.each([
    [1588507200000, '2020-05-03T12:00:00.000Z'],
    [1588507200123.9, '2020-05-03T12:00:00.123Z'],
    [-0.5, '1969-12-31T23:59:59.999Z'],
    [-62135596800000, '0001-01-01T00:00:00.000Z'],
    [253402300799999, '9999-12-31T23:59:59.999Z'],
    [253402300800000, '9999-12-31T23:59:59.999Z'],
    [1e300, '9999-12-31T23:59:59.999Z'],
  ])('%d is %s', (ms, text) => {
    expect(isoTime(ms)).toBe(text)
  })

  it('sorts as the moments do', () => {
    const moment = fc.double({ min: -62135596800000, max: 253402300799999, noNaN: true })
    fc.assert(fc.property(moment, moment, (a, b) => a > b || isoTime(a) <= isoTime(b)))
  })
})
