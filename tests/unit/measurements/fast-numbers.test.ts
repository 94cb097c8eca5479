import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactNumber } from '../../../lib/measurements/cells.ts'
import { parseCsv } from '../../../lib/measurements/csv.ts'
import { parsePlainNumber, parsePlainRows } from '../../../lib/measurements/fast-numbers.ts'
import { runs } from '../../support/property.ts'

describe('a plain number', () => {
  it('is the double that its text represents', () => {
    const text = fc
      .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^\d{1,15}$/), fc.nat(15))
      .map(([sign, digits, point]) => `${sign}${digits.slice(0, point)}.${digits.slice(point)}`)
    fc.assert(
      fc.property(text, (decimal) => {
        expect(parsePlainNumber(decimal, 0, decimal.length)).toBe(Number(decimal) + 0)
      }),
      { numRuns: runs(2_000) },
    )
  })

  it.each(['', '-', '.', '-.', '1.2.3', '1e5', '+1', ' 1', '1 ', '0x1', '1234567890123456', 'NaN', '--1', '1-'])(
    'is not %j',
    (text) => {
      expect(parsePlainNumber(text, 0, text.length)).toBeUndefined()
    },
  )

  it('is found within a text', () => {
    expect(parsePlainNumber('17,-4.25,3', 3, 8)).toBe(-4.25)
  })
})

/** The result of csv-parse with the options of Latchkey. */
function byLibrary(text: string): unknown {
  try {
    const options = { bom: true, relax_column_count_less: true, skip_empty_lines: true }
    const lines: string[][] = parse(text, { ...options, record_delimiter: ['\r\n', '\n', '\r'] })
    const [names = [], ...rows] = lines
    return names.map((name, index) => [name, rows.map((row) => value(row[index] ?? ''))])
  } catch {
    return 'rejected'
  }
}

function value(text: string): unknown {
  if (text === '') return null
  return /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text) ? exactNumber(text) : text
}

function byLatchkey(text: string): unknown {
  try {
    return parseCsv(Buffer.from(text))
  } catch {
    return 'rejected'
  }
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

  it('returns the same result as the library', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', '\ufeff', '\n', '\ufeff\n', ' '),
        fc.array(fc.constantFrom('time', 'CO2 ppm', '', '"a"', '1'), { minLength: 1, maxLength: 4 }),
        lines,
        (before, names, rows) => {
          const text = `${before}${names.join(',')}\n${rows.map(([cells, end]) => cells.join(',') + end).join('')}`
          expect(JSON.stringify(byLatchkey(text))).toBe(JSON.stringify(byLibrary(text)))
        },
      ),
      { numRuns: runs(3_000) },
    )
  })

  it('parses plain rows, including short and blank lines', () => {
    expect(parsePlainRows('a,b\n1,2\r\n\n-3\r.5,', 3, 2)).toEqual([
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
  ])('delegates %s to the library', (_, text, columns) => {
    expect(parsePlainRows(text, 0, columns)).toBeNull()
  })
})
