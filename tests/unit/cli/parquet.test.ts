import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeRows } from '../../../cli/support/export-file.ts'
import { type ColumnType, widenType } from '../../../cli/support/parquet.ts'
import type { Cell } from '../../../lib/measurements/cells.ts'
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
async function written(names: string[], rows: readonly (readonly Cell[])[]) {
  files += 1
  const path = join(folder, `${files}.parquet`)
  expect(await writeRows(path, 'parquet', names, { formulas: 'keep' }, each(rows))).toBe(rows.length)
  const file = await asyncBufferFromFile(path)
  const { schema, row_groups } = await parquetMetadataAsync(file)
  const read: Record<string, unknown>[] = await parquetReadObjects({ file })
  return {
    types: schema.slice(1).map(({ type, converted_type }) => converted_type ?? type),
    groups: row_groups.map(({ num_rows }) => Number(num_rows)),
    rows: read.map((row) =>
      names.map((name) => (typeof row[name] === 'bigint' ? Number(row[name]) : (row[name] ?? null))),
    ),
  }
}

const typeOf = (cells: Cell[]) => cells.reduce<ColumnType | undefined>((type, cell) => widenType(type, cell), undefined)

describe('the type of a column', () => {
  it.each<[Cell[], ColumnType | undefined]>([
    [[], undefined],
    [[null, null], undefined],
    [[1, null, -(2 ** 53 - 1)], 'INT64'],
    [[2 ** 53], 'DOUBLE'],
    [[1, 1.5, 2], 'DOUBLE'],
    [[1.5, 1], 'DOUBLE'],
    [[true, false], 'BOOLEAN'],
    [['a', null, '1'], 'STRING'],
    [[1, '1'], 'JSON'],
    [['1', 1, 1.5], 'JSON'],
    [[true, 1], 'JSON'],
    [[false, 'false', true], 'JSON'],
  ])('of %j is %s', (cells, type) => {
    expect(typeOf(cells)).toBe(type)
    expect(typeOf(cells.toReversed())).toBe(type)
  })
})

describe('a Parquet file', () => {
  it('has typed columns and the exact value of every cell', async () => {
    const names = ['n', 'x', 'yes', 'text', 'mixed', 'nothing', 'a.b c']
    const rows: Cell[][] = [
      [1, 1.5, true, 'ä"\n', '1', null, 'x'],
      [null, null, null, null, 1, null, null],
      [-3, 2, false, '', true, null, 'x'],
    ]
    expect(await written(names, rows)).toEqual({
      types: ['INT64', 'DOUBLE', 'BOOLEAN', 'UTF8', 'JSON', 'UTF8', 'UTF8'],
      groups: [3],
      rows,
    })
  })

  it('may have no rows', async () => {
    expect(await written(['a'], [])).toEqual({ types: ['UTF8'], groups: [], rows: [] })
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
        expect((await written(['one', 'other'], rows)).rows).toEqual(rows)
      }),
      { numRuns: runs(200) },
    )
  })
})
