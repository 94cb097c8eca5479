import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeRows } from '../../../cli/support/export-file.ts'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { type ColumnType, countCell, noCells, toParquetColumns } from '../../../lib/measurements/parquet-columns.ts'
import { runs } from '../../support/property.ts'

let folder: string
let files = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-parquet-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function* each(rows: readonly (readonly Cell[])[]) {
  yield* rows
}

/** Writes rows and reads them back, with the metadata of the file. */
async function written(names: string[], rows: readonly (readonly Cell[])[], timestamps: readonly string[] = []) {
  files += 1
  const path = join(folder, `${files}.parquet`)
  const target = { format: 'parquet', names, csv: { formulas: 'keep' }, timestamps: new Set(timestamps) } as const
  const result = await writeRows(path, target, each(rows))
  expect(result.rows).toBe(rows.length)
  const file = await asyncBufferFromFile(path)
  const { schema, row_groups } = await parquetMetadataAsync(file)
  const read: Record<string, unknown>[] = await parquetReadObjects({ file })
  return {
    columns: result.columns,
    notes: result.notes,
    types: schema.slice(1).map(({ type, converted_type }) => converted_type ?? type),
    groups: row_groups.map(({ num_rows }) => Number(num_rows)),
    rows: read.map((row) =>
      result.columns.map((name) => (typeof row[name] === 'bigint' ? Number(row[name]) : (row[name] ?? null))),
    ),
  }
}

/** The types of a column, and of the one with its other values. */
function typesOf(cells: readonly Cell[]) {
  const counts = noCells()
  for (const cell of cells) countCell(counts, cell)
  return toParquetColumns(['a'], [counts], new Set()).map(({ type }) => type)
}

// One text turns a column of numbers into text or JSON: pandas-dev/pandas#21228, equinor/webviz-subsurface#918.
describe('the type of a column', () => {
  it.each<[Cell[], ...ColumnType[]]>([
    [[], 'STRING'],
    [[null, null], 'STRING'],
    [[1, null, -(2 ** 53 - 1)], 'INT64'],
    [[2 ** 53], 'DOUBLE'],
    [[1, 1.5, 2], 'DOUBLE'],
    [[1.5, 1], 'DOUBLE'],
    [[true, false], 'BOOLEAN'],
    [['a', null, '1'], 'STRING'],
    [[1, 2, 'unavailable'], 'INT64', 'STRING'],
    [[1, 'HIGH', 'LOW'], 'STRING', 'INT64'],
    [[1, '1'], 'INT64', 'STRING'],
    [['1', 1, 1.5], 'DOUBLE', 'STRING'],
    [[true, 1], 'INT64', 'BOOLEAN'],
    [[false, 'false', true], 'BOOLEAN', 'STRING'],
    [[1, 2, true, 'a'], 'INT64', 'JSON'],
  ])('of %j is %s, and that of the other values %s', (cells, ...types) => {
    expect(typesOf(cells)).toEqual(types)
    expect(typesOf(cells.toReversed())).toEqual(types)
  })
})

describe('a Parquet file', () => {
  it('has typed columns and the exact value of every cell', async () => {
    const names = ['n', 'x', 'yes', 'text', 'mixed', 'mixed_other', 'nothing', 'a.b c']
    const rows: Cell[][] = [
      [1, 1.5, true, 'ä"\n', 'error', 1, null, 'x'],
      [null, null, null, null, 1, null, null, null],
      [-3, 2, false, '', 2, 1, null, 'x'],
    ]
    expect(await written(names, rows)).toEqual({
      columns: ['n', 'x', 'yes', 'text', 'mixed', 'mixed_other_', 'mixed_other', 'nothing', 'a.b c'],
      notes: ['Note: values of "mixed" with another type are in "mixed_other_": 1.'],
      types: ['INT64', 'DOUBLE', 'BOOLEAN', 'UTF8', 'INT64', 'UTF8', 'INT64', 'UTF8', 'UTF8'],
      groups: [3],
      rows: [
        [1, 1.5, true, 'ä"\n', null, 'error', 1, null, 'x'],
        [null, null, null, null, 1, null, null, null, null],
        [-3, 2, false, '', 2, null, 1, null, 'x'],
      ],
    })
  })

  // Times that are written as plain integers: Bears-R-Us/arkouda#1026, pacman82/odbc2parquet#284.
  it('has times as timestamps, to the microsecond', async () => {
    const times = ['2020-05-03T12:00:00.000Z', '2020-05-03T12:00:00.123456Z', '0001-01-01T00:00:00.000Z', null]
    const { types, rows } = await written(
      ['time', 'a'],
      times.map((time) => [time, 1]),
      ['time'],
    )
    expect(types).toEqual(['TIMESTAMP_MICROS', 'INT64'])
    const read = rows.map(([time]) => (time instanceof Date ? time.getTime() : time))
    expect(read).toEqual(times.map((time) => (time === null ? null : Date.parse(time))))
  })

  it('may have no rows', async () => {
    expect(await written(['a'], [])).toEqual({ columns: ['a'], notes: [], types: ['UTF8'], groups: [], rows: [] })
  })

  it('is read back as it was written, for any values', { timeout: 120_000 }, async () => {
    const text = fc.string({ unit: 'binary' })
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
    const cell = fc.oneof(fc.constant(null), fc.maxSafeInteger(), double, text, fc.boolean(), fc.constant('\u2028\r\n'))
    const thirty = (of: fc.Arbitrary<Cell>) => fc.array(fc.option(of), { minLength: 30, maxLength: 30 })
    const column = fc.oneof(...[fc.maxSafeInteger(), double, text, fc.boolean(), cell].map(thirty))
    await fc.assert(
      fc.asyncProperty(column, column, fc.integer({ min: 0, max: 30 }), async (one, other, length) => {
        const rows = Array.from({ length }, (_, index) => [one[index] ?? null, other[index] ?? null])
        const { columns, rows: read } = await written(['one', 'two'], rows)
        const cellOf = (row: readonly unknown[], name: string) =>
          row[columns.indexOf(name)] ?? row[columns.indexOf(`${name}_other`)] ?? null
        expect(read.map((row) => [cellOf(row, 'one'), cellOf(row, 'two')])).toEqual(rows)
      }),
      { numRuns: runs(200) },
    )
  })
})
