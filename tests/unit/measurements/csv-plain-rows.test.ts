import { isAscii } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../../lib/core/problem.ts'
import { parseCsv, parsePlainTable } from '../../../lib/measurements/csv.ts'
import { parseDialect } from '../../../lib/measurements/csv-dialect.ts'
import { parsePlainRows } from '../../../lib/measurements/csv-plain-rows.ts'
import type { RawColumns } from '../../../lib/measurements/raw-columns.ts'
import { decodeText } from '../../../lib/measurements/text.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { runs } from '../../support/property.ts'

/** What a parser returns, with its warnings, or the error that it throws. */
function outcomeOf(parse: (warnings: Warnings) => RawColumns): unknown {
  const warnings = new Warnings()
  try {
    return { columns: parse(warnings), warnings: warnings.sentences() }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { code: error.code, message: error.message, issues: error.issues }
  }
}

/** The result of the full parser. */
const byDialect = (text: string): unknown => outcomeOf((warnings) => parseDialect(text, {}, warnings))

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
          if (isAscii(Buffer.from(text))) expect(parsePlainTable(Buffer.from(text), {})).toStrictEqual(columns)
          if (!columns) return
          plain += 1
          expect({ columns, warnings: [] }).toStrictEqual(byDialect(text))
        },
      ),
      { numRuns: runs(6_000) },
    )
    expect(plain).toBeGreaterThan(0)
  })

  it('returns the same result as the full parser in every encoding', () => {
    const encodings: [charset: string, encode: (text: string) => Uint8Array][] = [
      ['utf-8', (text) => Buffer.from(text)],
      ['utf-8', (text) => Buffer.from(`\ufeff${text}`)],
      ['UTF8', (text) => Buffer.from(text, 'latin1')],
      ['windows-1252', (text) => Buffer.from(text, 'latin1')],
      ['iso-8859-15', (text) => Buffer.from(text)],
      ['shift_jis', (text) => Buffer.from(text, 'latin1')],
      ['utf-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
      ['utf-16le', (text) => Buffer.from(text, 'utf16le')],
      ['utf-16', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
      ['utf-8', (text) => Buffer.from(text, 'utf16le')],
    ]
    // Most texts take the fast path here, too.
    const mostly = <T>(usual: fc.Arbitrary<T>, ...others: fc.Arbitrary<T>[]) =>
      fc.oneof({ weight: 20, arbitrary: usual }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })))
    const box = mostly(
      fc.constantFrom('garden', 'Küche', '書斎', '😀', '007', '', '\u012c', '\u0130\u010d'),
      fc.constantFrom('"a,b"', 'a"', '#1', ' a', 'a\0'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    const time = mostly(
      fc.constantFrom('1706792400', '2024-02-01T13:00:00Z', '2024-02-01 14:00', ''),
      fc.constantFrom('2024-', '20240201', '-'),
    )
    const number = mostly(fc.integer({ min: -999, max: 99_999 }).map(String), cell)
    const row = fc.tuple(time, box, number).map((cells) => cells.join(','))
    const name = fc.constantFrom('a', 'größe', 'Temp °C', '温度')
    const end = fc.constantFrom('\n', '\r\n', '\r', '\n\r', '\n\n', '\n\0')
    const insertion = fc.option(fc.tuple(fc.nat(200), fc.uint8Array({ minLength: 1, maxLength: 2 })), { freq: 4 })
    let plain = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...encodings),
        fc.tuple(name, end, fc.array(row, { minLength: 1, maxLength: 5 }), fc.option(row)),
        insertion,
        ([charset, encode], [column, lineEnd, rows, other], inserted) => {
          const text = [`time,box,${column}`, ...rows].map((line) => line + lineEnd).join('') + (other ?? '')
          const whole = Buffer.from(encode(text))
          const [at = 0, added = []] = inserted ?? []
          const bytes = Buffer.concat([whole.subarray(0, at), Uint8Array.from(added), whole.subarray(at)])
          const outcome = outcomeOf((warnings) => parseCsv(bytes, charset, warnings))
          // What may be JSON, a form or HTML is rejected before.
          if (JSON.stringify(outcome).includes('looks like')) return
          const isPlain = () => parsePlainTable(decodeText(bytes, charset), {}) !== null
          expect(outcome).toStrictEqual(outcomeOf((warnings) => parseDialect(decodeText(bytes, charset), {}, warnings)))
          if (typeof outcome === 'object' && outcome !== null && 'columns' in outcome && isPlain()) plain += 1
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
    'time,a\r\n2024-02-01T13:00:00Z,1\r\n2024-02-01 14:00,-.5\r\n',
    'time,box,größe\n2024-02-01T13:00:00Z,Küche 😀,-1.50\n2024-02-01T13:01:00Z,\u012c\u0130,2',
  ])('parses %j', (text) => {
    expect({ columns: parsePlainTable(text, {}), warnings: [] }).toStrictEqual(byDialect(text))
    expect(outcomeOf((warnings) => parseCsv(Buffer.from(text), 'utf-8', warnings))).toStrictEqual(byDialect(text))
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
