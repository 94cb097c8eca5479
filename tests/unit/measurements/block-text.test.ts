import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ColumnValues, writeRows } from '../../../lib/measurements/block-text.ts'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { csvFormat, jsonFormat, ndjsonFormat, type RowFormat } from '../../../lib/measurements/row-writers.ts'
import { cellAt } from '../../../lib/measurements/store/block-view.ts'
import { runs } from '../../support/property.ts'

const ROWS = 6

const FORMATS: Record<string, (columns: string[]) => RowFormat> = {
  csv: (columns) => csvFormat(columns, { formulas: 'defuse' }),
  'csv with formulas': (columns) => csvFormat(columns, { formulas: 'keep', delimiter: 'semicolon', excel: true }),
  json: jsonFormat,
  ndjson: ndjsonFormat,
}

/** The same rows, each by itself. */
const byRow = (columns: readonly ColumnValues[], rows: readonly number[], format: RowFormat): string =>
  rows.map((row) => format.row(columns.map((values) => cellAt(values, row)))).join(format.between)

const write = (columns: readonly ColumnValues[], rows: readonly number[], format: RowFormat, max = 1_000_000) =>
  writeRows(columns, rows, format.layout ?? expect.fail(), max)

describe('the rows of a block', () => {
  it.each(Object.entries(FORMATS))('are written as each by itself, as %s', (_, formatOf) => {
    const text = fc.oneof(
      fc.constantFrom('', '=1', ' a', 'a,b', 'a;b', '"', 'a\nb', '2024-02-01T13:00:00Z', '°C', '-5', '+1e400'),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.string({ maxLength: 70 }),
    )
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -9_999, max: 9_999 }).map((integer) => integer / 100),
    )
    const cell = fc.oneof(number, text, fc.boolean(), fc.constant(null))
    const list = (each: fc.Arbitrary<Cell>) => fc.array(each, { maxLength: ROWS })
    const values = fc.oneof(list(number), list(cell), list(text), number, text, fc.constant(null))
    const name = fc.oneof(fc.constantFrom('2', '10', '1', '__proto__', 'größe'), fc.string({ maxLength: 4 }))
    const column = fc.tuple(name, values)
    const columns = fc.oneof(
      fc.array(column, { minLength: 1, maxLength: 5 }),
      fc.array(column, { minLength: 40, maxLength: 60 }),
    )
    let written = 0
    fc.assert(
      fc.property(columns, fc.array(fc.nat(ROWS), { minLength: 1 }), (columns, rows) => {
        const format = formatOf(columns.map(([name]) => name))
        const lists = columns.map(([, values]) => values)
        const result = write(lists, rows, format)
        const expected = byRow(lists, rows, format)
        if (result === null) expect(expected).toMatch(/[^\0-\xff]/)
        else expect(result).toBe(expected)
        if (result !== null) written += 1
      }),
      { numRuns: runs(500) },
    )
    expect(written).toBeGreaterThan(0)
  })

  it('are written if there are many', () => {
    const rows = Array.from({ length: 5_000 }, (_, row) => row)
    const columns = [rows, rows.map((row) => 'x'.repeat(row % 60)), 'roof', rows.map((row) => row / 7)]
    const format = csvFormat(['a', 'b', 'c', 'd'], { formulas: 'defuse' })
    expect(write(columns, rows, format)).toBe(byRow(columns, rows, format))
  })

  it('are not written beyond a number of characters', () => {
    const format = csvFormat(['a', 'b'], { formulas: 'defuse' })
    expect(write([[1, 2], 'x'], [0, 1], format, 10)).toBe('1,x\r\n2,x\r\n')
    expect(write([[1, 2], 'x'], [0, 1], format, 9)).toBeNull()
  })

  it('have no layout with decimal commas', () => {
    expect(csvFormat(['a'], { formulas: 'defuse', delimiter: 'semicolon', decimal: 'comma' }).layout).toBeUndefined()
  })
})
