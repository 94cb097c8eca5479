import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactTime, isoTime, parseIso, parseTime } from '../../../lib/measurements/times.ts'

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

  it.each([
    '20200503T120000Z',
    '20200503T120000',
    '20200503T120000.000Z',
    '20200503T140000+02:00',
    '20200503T140000+0200',
    '20200503T140000+02',
    '20200503T083000-0330',
    '20200503T140000 0200',
    ' 20200503T120000Z\n',
  ])('%s, in the basic format, is the same moment', (text) => {
    expect(parseIso(text)).toBe(1588507200000)
  })

  it.each([
    '2020-05-03T14:00:00 02:00',
    '2020-05-03T14:00:00 0200',
    '2020-05-03T14:00 02:00',
    '2020-05-03 14:00:00.0 0200',
  ])('has a plus instead of the blank in "%s", from an unescaped query', (text) => {
    expect(parseIso(text)).toBe(1588507200000)
  })

  it.each([
    ['2020-05-03T12:00:00.5Z', 1588507200500],
    ['2020-05-03T12:00:00,25Z', 1588507200250],
    ['2020-05-03T12:00:00.007Z', 1588507200007],
    ['2020-05-03T12:00:00.999Z', 1588507200999],
    ['2020-05-03T12:00:00.0005Z', 1588507200000.5],
    ['20200503T120000.5Z', 1588507200500],
    ['20200503T140000,25+0200', 1588507200250],
  ])('retains the fraction of %s', (text, ms) => {
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
  ])('may be %s', (text, ms) => {
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
    '2020-05-03T14:00:00 02',
    '2020-05-03T14:00 02',
    '2020-05-03T14:00:00 2:00',
    '2020-05-03Z',
    '20200503',
    '20200503T120000 02',
    '20200503T12:00:00Z',
    '2020-05-03T120000Z',
    '20200503T1200000Z',
    '20200230T120000Z',
    '20200503T250000Z',
    '20200503T126000Z',
    'x2020-05-03',
    '12020-05-03',
    '+2020-05-03',
  ])('"%s" is not a time', (text) => {
    expect(parseIso(text)).toBeNull()
  })

  it.each(['2020-05-03T12:00:00+24:00', '2020-05-03T12:00:00-99:99', '2020-05-03T12:00:00+01:60'])(
    'has no offset as in %s',
    (text) => {
      expect(parseIso(text)).toBeNull()
    },
  )

  it.each(['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01', '9999-12-31T23:59:60Z'])(
    '%s is outside the years 0001 to 9999',
    (text) => {
      expect(parseIso(text)).toBeNull()
    },
  )

  it('includes every moment as JavaScript prints it', () => {
    const moment = fc.integer({ min: -62135596800000, max: 253402300799999 })
    fc.assert(fc.property(moment, (ms) => parseIso(new Date(ms).toISOString()) === ms))
  })

  it('is rejected in time for hundreds of thousands of blanks', () => {
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
  ])('%d is UNIX seconds below 1e11, and otherwise milliseconds', (cell, ms) => {
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
    ['20200503T120000Z', 1588507200000],
  ])('the text %j is the same time', (cell, ms) => {
    expect(parseTime(cell)).toBe(ms)
  })

  it.each([-62135596801, 1e20, 1e300, '1e400', '', 'soon', true, false, null])('%j is not a time', (cell) => {
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

  it('is the same moment in seconds and in milliseconds', () => {
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

  it('sorts in the order of moments', () => {
    const moment = fc.double({ min: -62135596800000, max: 253402300799999, noNaN: true })
    fc.assert(fc.property(moment, moment, (a, b) => a > b || isoTime(a) <= isoTime(b)))
  })
})

describe('the exact time of a cell', () => {
  it.each([
    [
      'whole seconds',
      [
        1706792400,
        1706792400000,
        '1706792400',
        '2024-02-01T13:00:00Z',
        '2024-02-01T14:00:00.000+01:00',
        '20240201T130000Z',
      ],
    ],
    [
      'milliseconds',
      [1706792400.057, 1706792400057, '1706792400.057', '2024-02-01T13:00:00.057Z', '2024-02-01 13:00:00,0570'],
    ],
    ['microseconds', [1706792400.057001, '1706792400.0570010', '2024-02-01T13:00:00.057001Z']],
    ['nanoseconds', ['1706792400057.000001', '2024-02-01T13:00:00.057000001Z']],
    ['a second before 1970', [-1, '-1.0', '1969-12-31T23:59:59Z']],
  ])('is the same text for every notation of %s', (_, cells) => {
    expect(new Set(cells.map(exactTime)).size).toBe(1)
  })

  it('is found in time for a fraction with thousands of zeros', { timeout: 10_000 }, () => {
    const zeros = '0'.repeat(4_000)
    for (let cell = 0; cell < 1_000; cell += 1) {
      expect(exactTime(`2020-05-03T12:00:00.${zeros}1Z`)).toBe(`1588507200.${zeros}1`)
    }
  })

  it('differs by a nanosecond, and is null for other cells', () => {
    expect(exactTime('2024-02-01T13:00:00.057000001Z')).not.toBe(exactTime('2024-02-01T13:00:00.057000002Z'))
    expect(exactTime('1.00000e3')).toBe(exactTime(1000))
    expect([exactTime('soon'), exactTime(null), exactTime(true)]).toEqual([null, null, null])
  })
})
