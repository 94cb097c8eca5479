import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePlainTable } from '../../../lib/measurements/csv.ts'
import { parseDialect } from '../../../lib/measurements/csv-dialect.ts'
import { parsePlainNumber, parsePlainRows } from '../../../lib/measurements/fast-numbers.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { runs } from '../../support/property.ts'

describe('a plain number', () => {
  it('is the double that its text represents', () => {
    const text = fc
      .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^\d{1,15}$/), fc.nat(15))
      .map(([sign, digits, point]) => `${sign}${digits.slice(0, point)}.${digits.slice(point)}`)
      .filter((decimal) => !/^-?0\d/.test(decimal))
    fc.assert(
      fc.property(text, (decimal) => {
        expect(parsePlainNumber(decimal, 0, decimal.length)).toBe(Number(decimal) + 0)
      }),
      { numRuns: runs(2_000) },
    )
  })

  it.each([
    '',
    '-',
    '.',
    '-.',
    '1.2.3',
    '1e5',
    '+1',
    ' 1',
    '1 ',
    '0x1',
    '1234567890123456',
    'NaN',
    '--1',
    '1-',
    '007',
    '-01',
  ])('is not %j', (text) => {
    expect(parsePlainNumber(text, 0, text.length)).toBeUndefined()
  })

  it('is found within a text', () => {
    expect(parsePlainNumber('17,-4.25,3', 3, 8)).toBe(-4.25)
  })
})

/** The result of the full parser, with its warnings. */
function byDialect(text: string): unknown {
  const warnings = new Warnings()
  const columns = parseDialect(text, {}, warnings)
  return { columns, warnings: warnings.sentences() }
}

describe('the fast path of CSV', () => {
  const cell = fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    { weight: 12, arbitrary: fc.integer().map(String) },
    { weight: 6, arbitrary: fc.stringMatching(/^-?\d{0,17}\.?\d{0,17}$/) },
    { weight: 1, arbitrary: fc.constantFrom('-', '.', '-.', '-0', '1.', '.5', '007', '1e5', ' 1', '+1', 'a', '"x"') },
  )
  const lineEnd = fc.constantFrom('\n', '\r\n', '\r', '\n\n', '')
  const lines = fc.array(fc.tuple(fc.array(cell, { maxLength: 5 }), lineEnd), { maxLength: 6 })

  it('returns the same result as the full parser', () => {
    // Most texts take the fast path, so that the property compares it in every run.
    const name = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom('time', 'CO2 ppm', 'x', 'y') },
      { weight: 3, arbitrary: fc.constantFrom('box', '', '"a"', '1', 'TOA5', '#', 'a;b', 'a\tb') },
    )
    let plain = 0
    fc.assert(
      fc.property(
        fc.oneof({ weight: 10, arbitrary: fc.constant('') }, fc.constantFrom('\ufeff', '\n', '\ufeff\n', ' ', '#\n')),
        fc.array(name, { minLength: 1, maxLength: 4 }),
        lines,
        (before, names, rows) => {
          const text = `${before}${names.join(',')}\n${rows.map(([cells, end]) => cells.join(',') + end).join('')}`
          const columns = parsePlainTable(text, {})
          if (!columns) return
          plain += 1
          expect({ columns, warnings: [] }).toStrictEqual(byDialect(text))
        },
      ),
      { numRuns: runs(6_000) },
    )
    expect(plain).toBeGreaterThan(0)
  })

  it.each([
    'time,a\n1706792400,1\n',
    'time,a\r\n1706792400,1\r\n,\r\n1706792401,-2.5\r\n',
    'time,box,a\n1706792400,garden 1E5,1\n1706792401,007,\n',
  ])('parses %j', (text) => {
    expect({ columns: parsePlainTable(text, {}), warnings: [] }).toStrictEqual(byDialect(text))
  })

  it('parses plain rows, including short and blank lines', () => {
    expect(parsePlainRows('a,b\n1,2\r\n\n,\n-3\r.5,', 3, [false, false])).toEqual([
      [1, -3, 0.5],
      [2, null, null],
    ])
  })

  it.each([
    ['a line that is too long', '\n1,2,3', 2],
    ['a text', '\n1,x', 2],
    ['a quote', '\n1,"2"', 2],
    ['more rows than an upload may have', '\n1'.repeat(100_001), 1],
    ['more columns than an upload may have', '\n1', 1_001],
    ['more cells than an upload may have', '\n1'.repeat(3_001), 1_000],
  ])('leaves %s to the full parser', (_, text, columns) => {
    expect(parsePlainRows(text, 0, new Array<boolean>(columns).fill(false))).toBeNull()
  })
})
