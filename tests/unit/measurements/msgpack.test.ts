import { encode } from '@msgpack/msgpack'
import { describe, expect, it } from 'vitest'
import { parseMsgpack } from '../../../lib/measurements/msgpack.ts'
import { toTable } from '../../../lib/measurements/table.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { thrownProblem } from '../../support/problems.ts'
import { MSGPACK_BODY } from '../../support/vectors.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const parse = (hex: string) => parseMsgpack(bytes(hex), new Warnings())

/** The cell and the warnings of one value, as the only value of column "a". */
function cellOf(hex: string): { cell: unknown; warnings: string[] } {
  const warnings = new Warnings()
  const { columns } = toTable(parseMsgpack(bytes(`81 a161 91 ${hex}`), warnings), /.*/, warnings)
  return { cell: columns.get('a')?.[0], warnings: warnings.sentences() }
}

describe('MessagePack', () => {
  it('parses the 24 bytes of co2logserver', () => {
    expect(parseMsgpack(MSGPACK_BODY, new Warnings())).toEqual([
      ['time_utc', [43, 23]],
      ['co2', [1223, 2351]],
    ])
  })

  it('parses an object of single values as one row', () => {
    expect(parse('82 a161 01 a162 a178')).toEqual([
      ['a', [1]],
      ['b', ['x']],
    ])
  })

  it('parses a list of rows', () => {
    expect(parse('92 81 a161 01 82 a161 02 a162 c3')).toEqual([
      ['a', [1, 2]],
      ['b', [null, true]],
    ])
  })

  it.each([
    ['positive fixint', '7f', 127],
    ['negative fixint', 'e0', -32],
    ['uint 8', 'cc ff', 255],
    ['uint 16', 'cd 04c7', 1223],
    ['uint 32', 'ce ffffffff', 4294967295],
    ['uint 64', 'cf 0020000000000000', 9007199254740992],
    ['int 8', 'd0 80', -128],
    ['int 16', 'd1 8000', -32768],
    ['int 32', 'd2 80000000', -2147483648],
    ['int 64', 'd3 ffe0000000000000', -9007199254740992],
    ['float 32', 'ca 41b8cccd', 23.100000381469727],
    ['float 64', 'cb 4037199999999999', 23.099999999999998],
    ['negative zero', 'cb 8000000000000000', 0],
    ['nil', 'c0', null],
    ['true', 'c3', true],
    ['false', 'c2', false],
    ['fixstr', 'a2 c3a9', 'é'],
    ['str 8', 'd9 02 3132', '12'],
    ['an empty text', 'a0', ''],
  ])('parses %s', (_, hex, cell) => {
    expect(cellOf(hex)).toEqual({ cell, warnings: [] })
  })

  it.each([
    ['uint 64', 'cf 0020000000000001', '9007199254740993'],
    ['the largest uint 64', 'cf ffffffffffffffff', '18446744073709551615'],
    ['int 64', 'd3 ffdfffffffffffff', '-9007199254740993'],
  ])('retains the digits of %s beyond 2^53 as text, with a warning', (_, hex, cell) => {
    expect(cellOf(hex)).toEqual({
      cell,
      warnings: ['column "a", 1 value (row 1): more digits than a JSON number holds, stored as text'],
    })
  })

  it.each([
    ['NaN of 32 bits', 'ca 7fc00000'],
    ['NaN of 64 bits', 'cb 7ff8000000000000'],
    ['infinity', 'ca 7f800000'],
    ['negative infinity', 'cb fff0000000000000'],
  ])('converts %s to null, with a warning', (_, hex) => {
    expect(cellOf(hex)).toEqual({
      cell: null,
      warnings: ['column "a", 1 value (row 1): NaN or infinite, stored as null'],
    })
  })

  // 5eaeb240 hexadecimal is 1588507200: 2020-05-03 at noon. A timestamp 64 has nanoseconds in its upper 30 bits.
  it.each([
    ['timestamp 32', 'd6 ff 5eaeb240', '2020-05-03T12:00:00Z'],
    ['timestamp 64', 'd7 ff 00000000 5eaeb240', '2020-05-03T12:00:00Z'],
    ['timestamp 64 with one nanosecond', 'd7 ff 00000004 5eaeb240', '2020-05-03T12:00:00.000000001Z'],
    ['timestamp 64 with half a second', 'd7 ff 77359400 5eaeb240', '2020-05-03T12:00:00.500000000Z'],
    ['timestamp 64 after 2106', 'd7 ff 00000001 00000000', '2106-02-07T06:28:16Z'],
    ['timestamp 96', 'c7 0c ff 00000000 000000005eaeb240', '2020-05-03T12:00:00Z'],
    ['timestamp 96 before 1970', 'c7 0c ff 1dcd6500 ffffffffffffffff', '1969-12-31T23:59:59.500000000Z'],
  ])('parses %s as ISO 8601', (_, hex, cell) => {
    expect(cellOf(hex)).toEqual({ cell, warnings: [] })
  })

  it.each([
    ['in the year 10000', 'c7 0c ff 00000000 0000003afff44180', '+010000-01-01T00:00:00Z'],
    ['in the year -1', 'c7 0c ff 00000000 fffffff184aa5080', '-000001-01-01T00:00:00Z'],
  ])('retains every part of a timestamp 96 %s', (_, hex, text) => {
    expect(cellOf(hex).cell).toBe(text)
  })

  it.each([
    ['with more than a second of nanoseconds', 'd7 ff fffffffc 5eaeb240'],
    ['of 12 bytes with more than a second of nanoseconds', 'c7 0c ff 3b9aca00 000000005eaeb240'],
    ['of unknown length', 'd5 ff 0000'],
    ['beyond the supported years', 'c7 0c ff 00000000 7fffffffffffffff'],
  ])('rejects a timestamp %s', (_, hex) => {
    expect(thrownProblem(() => cellOf(hex)).code).toBe('body_invalid')
  })

  it.each([
    ['bin 8', 'c4 01 00'],
    ['empty bin 8', 'c4 00'],
    ['bin 16', 'c5 0001 00'],
    ['bin 32', 'c6 00000001 00'],
    ['an extension', 'd4 05 00'],
    ['an extension of any length', 'c7 03 05 000000'],
  ])('rejects %s as a value, with column and row', (_, hex) => {
    expect(thrownProblem(() => cellOf(hex)).issues).toEqual([
      { field: 'a', row: 1, detail: 'a value must be a number, a text, true, false or null' },
    ])
  })

  it.each([
    ['bin', 'c4 01 00'],
    ['empty bin', 'c4 00'],
    ['an extension', 'd4 05 00'],
    ['a timestamp', 'd6 ff 5eaeb240'],
    ['a number', '05'],
    ['a bigint', 'cf ffffffffffffffff'],
    ['a text', 'a161'],
    ['nil', 'c0'],
  ])('rejects %s as a whole body', (_, hex) => {
    expect(thrownProblem(() => parse(hex)).message).toBe(
      'The body must be an object of columns or a list of row objects.',
    )
  })

  it.each([
    ['bin', 'c4 01 00'],
    ['empty bin', 'c4 00'],
    ['an extension', 'd4 05 00'],
    ['a number', '05'],
  ])('rejects %s as a row', (_, hex) => {
    expect(thrownProblem(() => parse(`92 81 a161 01 ${hex}`)).issues).toEqual([
      { row: 2, detail: 'a row must be an object of column names and values' },
    ])
  })

  it.each([
    ['a column', '81 a161 91 91 01'],
    ['a row', '91 81 a161 91 01'],
    ['a single row', '82 a161 01 a162 81 a163 01'],
  ])('rejects a nested value: %s', (_, hex) => {
    expect(thrownProblem(() => parse(hex)).code).toBe('body_invalid')
  })

  it.each([
    ['a number', '81 01 02'],
    ['nil', '81 c0 02'],
    ['bin', '81 c4 01 61 02'],
    ['a bigint', '81 cf ffffffffffffffff 02'],
    ['a list', '81 90 02'],
  ])('rejects %s as a column name', (_, hex) => {
    expect(thrownProblem(() => parse(hex))).toMatchObject({
      code: 'body_invalid',
      message: 'The MessagePack value cannot be read: a column name must be text.',
    })
  })

  it('rejects the name "__proto__"', () => {
    expect(thrownProblem(() => parse('81 a9 5f5f70726f746f5f5f 01')).code).toBe('body_invalid')
  })

  it.each([
    ['columns', '82 a161 91 01 a161 91 02'],
    ['a single row', '82 a161 01 a161 02'],
    ['a list of rows', '92 81 a161 01 82 a161 01 a161 02'],
  ])('rejects a duplicate name: %s', (_, hex) => {
    expect(thrownProblem(() => parse(hex)).message).toBe(
      'A column name appears twice in one object, so one of its values would be lost.',
    )
  })

  it.each([
    // mcollina/msgpack5#9, kriszyp/msgpackr#14, msgpack/msgpack-python#629
    ['rows', [{ time: 1, a: 5 }, { time: 2, a: 6 }, { time: 3 }]],
    [
      'lists of rows',
      [
        [
          { time: 1, a: 5 },
          { time: 2, a: 6 },
        ],
        [{ time: 3 }],
      ],
    ],
    ['a list, then a row', [[{ time: 1, a: 5 }], { time: 2, a: 6 }, { time: 3 }]],
  ])('parses several values as rows: %s', (_, values) => {
    const warnings = new Warnings()
    expect(parseMsgpack(Buffer.concat(values.map((value) => encode(value))), warnings)).toEqual([
      ['time', [1, 2, 3]],
      ['a', [5, 6, null]],
    ])
    expect(warnings.sentences()).toEqual([])
  })

  it('parses several values in a buffer of fixed size', () => {
    const warnings = new Warnings()
    const body = Buffer.concat([encode({ a: 1 }), encode({ a: 2 }), Buffer.alloc(4)])
    expect(parseMsgpack(body, warnings)).toEqual([['a', [1, 2]]])
    expect(warnings.sentences()).toEqual(['4 bytes after the MessagePack value were ignored'])
  })

  it.each([
    ['a value that is cut off', Buffer.concat([encode({ a: 1 }), encode({ a: 2 }).subarray(0, 2)])],
    ['columns among rows', Buffer.concat([encode({ a: 1 }), encode({ a: [2, 3] })])],
    ['a name twice in a row', Buffer.concat([encode({ a: 1 }), Buffer.from('82a16101a16102', 'hex')])],
  ])('rejects %s', (_, body) => {
    expect(thrownProblem(() => parseMsgpack(body, new Warnings())).code).toBe('body_invalid')
  })

  it('rejects more values than an upload may have rows', () => {
    expect(thrownProblem(() => parseMsgpack(Buffer.alloc(100_002, 0x80), new Warnings())).code).toBe('limit_exceeded')
  })

  it('ignores bytes after the value, with a warning', () => {
    const warnings = new Warnings()
    expect(parseMsgpack(bytes('81 a161 91 01 00 c1 ff'), warnings)).toEqual([['a', [1]]])
    expect(warnings.sentences()).toEqual(['3 bytes after the MessagePack value were ignored'])
  })

  it('rejects the vector of co2logserver truncated at any byte', () => {
    const codes = Array.from(
      MSGPACK_BODY,
      (_, length) => thrownProblem(() => parseMsgpack(MSGPACK_BODY.subarray(0, length), new Warnings())).code,
    )
    expect(codes).toEqual(new Array(24).fill('body_invalid'))
  })

  it.each([
    ['headers that announce gigabytes', `dd 00000fff ${'ddffffffff'.repeat(4_095)}`],
    ['maps of maps', `de 03ff ${'dfffffffff'.repeat(2_046)}`],
    ['100,000 levels', '91'.repeat(100_000)],
  ])('rejects %s before it creates any values', (_, hex) => {
    expect(thrownProblem(() => parse(hex)).code).toBe('body_invalid')
  })

  it('retains a byte order mark at the start of a text', () => {
    expect(cellOf('a4 efbbbf 78').cell).toBe('\ufeffx')
  })
})
