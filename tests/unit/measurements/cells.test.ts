import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ChangedValue,
  exactNumber,
  InexactNumber,
  isNumberText,
  parseCellText,
} from '../../../lib/measurements/cells.ts'
import { toCells } from '../../../lib/measurements/convert-cells.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'

const cellsOf = (...raw: unknown[]) => toCells('co2', raw, new Warnings())

describe('a decimal text as a number', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['-0.000', 0],
    ['0e5', 0],
    ['0000000000000000000000', 0],
    ['1', 1],
    ['+5', 5],
    ['007', 7],
    ['-12.50', -12.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E+3', 1000],
    ['25e-1', 2.5],
    ['999999999999999', 999999999999999],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992],
    ['9007199254740994', 9007199254740994],
    ['-9007199254740992', -9007199254740992],
    ['100000000000000000000000', 1e23],
    ['0.1', 0.1],
    ['0.30000000000000004', 0.30000000000000004],
    ['1588507200.123456', 1588507200.123456],
    ['1.7976931348623157e308', 1.7976931348623157e308],
    ['2.2250738585072014e-308', 2.2250738585072014e-308],
    ['5e-324', 5e-324],
    ['4.9e-324', 5e-324],
    ['1e-310', 1e-310],
    ['   12   ', 12],
  ])('%s is exactly a number', (text, number) => {
    expect(exactNumber(text)).toBe(number)
  })

  it.each([
    // Float 32 readings, printed with all their digits: a double represents each of these digits.
    ['23.10000038146972656250', 23.100000381469727],
    ['23.100000381469726562', 23.100000381469727],
    ['0.100000001490116119384765625', 0.10000000149011612],
  ])('%s, printed with many digits, is still a number', (text, number) => {
    expect(exactNumber(text)).toBe(number)
  })

  it('is a number if the shortest text of a double is a tie', () => {
    expect(exactNumber('1125899906842624.2')).toBe(4503599627370497 / 4)
  })

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '18446744073709551615',
    '3.14159265358979323846',
    '0.1000000000000000000001',
    '1e400',
    '-1e400',
    '1e-400',
    '1e-324',
    '3e-324',
    '1.7976931348623159e308',
    '1.23456789e-320',
    `1${'0'.repeat(100)}1`,
    `0.${'3'.repeat(101)}`,
  ])('%s has digits that a double does not represent', (text) => {
    expect(exactNumber(text)).toEqual(new InexactNumber(text))
  })

  it('is trimmed if it remains text', () => {
    expect(exactNumber('  9007199254740993 ')).toEqual(new InexactNumber('9007199254740993'))
  })

  it('returns every double from the text that JavaScript prints for it', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0))
    fc.assert(fc.property(double, (value) => exactNumber(String(value)) === value))
  })

  it('returns doubles around 2^50, where the last printed digit is often a tie', () => {
    const quarters = fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }).map((quarter) => Number(quarter) / 4)
    fc.assert(fc.property(quarters, (value) => exactNumber(String(value)) === value))
  })

  it.each(['1152921504606846976', '9223372036854775808', '-9223372036854775808', '18446744073709551616'])(
    'retains %s as text: a double represents it, but prints other digits',
    (text) => {
      expect(exactNumber(text)).toEqual(new InexactNumber(text))
    },
  )

  it('returns every integer unchanged, as a number or as text', () => {
    const any = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
    const held = fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n }).map((integer) => integer * 2n ** 11n)
    fc.assert(
      fc.property(fc.oneof(any, held), (integer) => {
        const read = exactNumber(integer.toString())
        expect(read instanceof InexactNumber ? read.text : String(read)).toBe(integer.toString())
      }),
    )
  })

  it('handles hundreds of thousands of digits in time', () => {
    expect(exactNumber(`1${'0'.repeat(200_000)}1`)).toBeInstanceOf(InexactNumber)
  })
})

describe('text that is parsed as a number', () => {
  it.each(['1', '-1', '+1', '1.5', '.5', '5.', '1e5', '1E-5', ' 1 ', '\t1\n', '1e400'])('%j is a number', (text) => {
    expect(isNumberText(text)).toBe(true)
  })

  it.each(['', ' ', '.', '-', '+', 'e5', '1e', '1 2', '1,5', '0x10', '1_000', '--1', '1.2.3', 'nan', '١'])(
    '%j is not a number',
    (text) => {
      expect(isNumberText(text)).toBe(false)
    },
  )

  it('handles hundreds of thousands of digits before a letter in time', () => {
    expect(isNumberText(`${'1'.repeat(150_000)}x`)).toBe(false)
  })
})

describe('a cell of CSV or a form', () => {
  it.each([
    ['', null],
    ['12', 12],
    [' 12 ', 12],
    ['1.0', 1],
    ['-0', 0],
    [' ', ' '],
    ['abc', 'abc'],
    [' abc ', ' abc '],
    ['true', 'true'],
    ['null', 'null'],
    ['0x10', '0x10'],
    ['nano', 'nano'],
    ['infinite', 'infinite'],
  ])('%j is parsed as %j', (text, value) => {
    expect(parseCellText(text)).toBe(value)
  })

  it.each(['nan', 'NaN', ' NAN ', '-nan', 'inf', '+inf', '-Inf', 'Infinity', '-infinity'])(
    '%j is not a finite number',
    (text) => {
      expect(parseCellText(text)).toBeNaN()
    },
  )

  it('retains the digits of a number that a double does not represent', () => {
    expect(parseCellText('9007199254740993')).toEqual(new InexactNumber('9007199254740993'))
  })
})

describe('typed values as cells', () => {
  it('retain numbers, texts, booleans and null', () => {
    expect(cellsOf(1.5, 'a', '', true, false, null, undefined)).toEqual([1.5, 'a', '', true, false, null, null])
  })

  it('convert a negative zero to zero', () => {
    expect(cellsOf(-0)).toEqual([0])
  })

  it('retain text that looks like a number as text', () => {
    expect(cellsOf('12', 'nan')).toEqual(['12', 'nan'])
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'convert %d to null, with a warning',
    (raw) => {
      const warnings = new Warnings()
      expect(toCells('co2', [1, raw], warnings)).toEqual([1, null])
      expect(warnings.sentences()).toEqual(['column "co2", 1 value (row 2): NaN or infinite, stored as null'])
    },
  )

  it('convert a bigint that a double represents to a number, without a warning', () => {
    const warnings = new Warnings()
    expect(toCells('id', [5n, -9007199254740992n], warnings)).toEqual([5, -9007199254740992])
    expect(warnings.sentences()).toEqual([])
  })

  it('retain any other bigint as text, with a warning', () => {
    const warnings = new Warnings()
    expect(toCells('id', [18446744073709551615n], warnings)).toEqual(['18446744073709551615'])
    expect(warnings.sentences()).toEqual([
      'column "id", 1 value (row 1): more digits than a JSON number holds, stored as text',
    ])
  })

  it('retain the text of a number that a double does not represent, with a warning', () => {
    const warnings = new Warnings()
    expect(toCells('id', [new InexactNumber('1e400')], warnings)).toEqual(['1e400'])
    expect(warnings.sentences()).toHaveLength(1)
  })

  it.each([
    ['a list', [1]],
    ['an object', { a: 1 }],
    ['bytes', new Uint8Array(2)],
    ['a date', new Date(0)],
    ['a symbol', Symbol('a')],
    ['a function', () => 1],
  ])('reject %s, with column and row', (_, raw) => {
    const problem = thrownProblem(() => cellsOf(1, raw))
    const detail = 'a value must be a number, a text, true, false or null'
    expect([problem.code, problem.message, problem.issues]).toEqual([
      'body_invalid',
      `Row 2, column "co2": ${detail}.`,
      [{ field: 'co2', row: 2, detail }],
    ])
  })

  it.each([
    ['4096 ASCII characters', 'x'.repeat(4096)],
    ['2048 characters of two bytes', 'é'.repeat(2048)],
    ['1365 characters of three bytes and one of one', `${'€'.repeat(1365)}x`],
    ['1024 characters of four bytes', '😀'.repeat(1024)],
  ])('accept a text of 4096 bytes: %s', (_, text) => {
    expect(cellsOf(text)).toEqual([text])
  })

  it.each([
    ['4097 ASCII characters', 'x'.repeat(4097)],
    ['2048 characters of two bytes and one of one', `${'é'.repeat(2048)}x`],
    ['1366 characters of three bytes', '€'.repeat(1366)],
    ['1024 characters of four bytes and one of one', `${'😀'.repeat(1024)}x`],
  ])('reject a longer text: %s', (_, text) => {
    expect(codeAndIssues(() => cellsOf(text))).toEqual({
      code: 'limit_exceeded',
      issues: [{ field: 'co2', row: 1, detail: 'a text may have at most 4096 bytes' }],
    })
  })

  it('limit the length of a number that is stored as text', () => {
    expect(thrownProblem(() => cellsOf(new InexactNumber('1'.repeat(4097)))).code).toBe('limit_exceeded')
  })

  it.each(['\ud800', 'a\udc00b', '\udc00\ud800'])('reject the lone surrogate in %j', (text) => {
    expect(codeAndIssues(() => cellsOf(text))).toEqual({
      code: 'body_invalid',
      issues: [{ field: 'co2', row: 1, detail: 'the text contains half a character (a lone surrogate)' }],
    })
  })

  it('do not include the value, which may be a secret, in an error', () => {
    expect(thrownProblem(() => cellsOf(`secret${'x'.repeat(5000)}`)).message).not.toContain('secret')
  })
})

describe('a column of texts', () => {
  it.each([
    [7, '7'],
    [-0, '0'],
    [1e21, '1e+21'],
    [5n, '5'],
    [true, 'true'],
    ['007', '007'],
    [new ChangedValue('007', 7, 'spelling'), '007'],
    [new InexactNumber('9007199254740993'), '9007199254740993'],
    [null, null],
  ])('stores %s as text without a warning', (raw, text) => {
    const warnings = new Warnings()
    expect(toCells('box', [raw], warnings, { isText: true })).toEqual([text])
    expect(warnings.sentences()).toEqual([])
  })

  it('has no words for missing values', () => {
    expect(toCells('box', ['NA', 'null', 5], new Warnings(), { isText: true })).toEqual(['NA', 'null', '5'])
  })

  it('stores NaN as null with a warning', () => {
    const warnings = new Warnings()
    expect(toCells('box', [Number.NaN], warnings, { isText: true })).toEqual([null])
    expect(warnings.sentences()).toHaveLength(1)
  })
})

describe('a word for a missing value', () => {
  it.each([
    ...['NA', 'N/A', 'null', 'nan', '-', 'n/a', 'NULL', 'NaN', ' na '],
    '<NA>', // pandas-dev/pandas: nullable integers
    '#N/A', // a spreadsheet
    'None', // Python
    '---', // weather stations
    'unavailable', // Home Assistant
  ])('%j is null with a warning in a column of numbers', (word) => {
    const warnings = new Warnings()
    expect(toCells('t', [1, word, null, 2.5, word], warnings)).toEqual([1, null, null, 2.5, null])
    expect(warnings.sentences()).toEqual([
      'column "t", 2 values (first in row 2): a word for a missing value, stored as null',
    ])
  })

  it.each([[['NA', 'garden', 5]], [['NA', null]], [['NA', true, 5]], [['nano', 5]]])(
    'is text in a column with other values: %j',
    (raw) => {
      const warnings = new Warnings()
      expect(toCells('t', raw, warnings)).toEqual(raw)
      expect(warnings.sentences()).toEqual([])
    },
  )

  it('is null next to a number that is stored as text', () => {
    expect(toCells('t', [new InexactNumber('9007199254740993'), 1, 'NA'], new Warnings())).toEqual([
      '9007199254740993',
      1,
      null,
    ])
  })
})

describe('a number that loses its spelling', () => {
  it.each([
    ['007', 7],
    ['+5', 5],
    ['-012.5', -12.5],
    ['+0.5', 0.5],
  ])('%s comes with a warning', (text, number) => {
    const warnings = new Warnings()
    expect(toCells('t', [parseCellText(text)], warnings)).toEqual([number])
    expect(warnings.sentences()).toEqual([
      'column "t", 1 value (row 1): leading zeros, a plus sign or an exponent are not stored; TEXT_COLUMNS names columns that are text',
    ])
  })

  it.each(['0', '0.5', '-0.5', '1.50', '1e+5', '1.0E5', '10'])('%s does not', (text) => {
    expect(parseCellText(text)).toBe(Number(text))
  })
})
