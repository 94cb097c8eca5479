// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { expect, it } from 'vitest'
import { writeRows } from '../../../cli/support/export-file.ts'

async function* rowsOf(count: number, columns: number) {
  for (let row = 0; row < count; row += 1) yield [row, ...Array<null>(columns - 1).fill(null)]
}

it('writeRows limits the size of row groups in a Parquet file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-parquet-'))
  const path = join(folder, 'large.parquet')
  const names = Array.from({ length: 2_000 }, (_, column) => `c${column}`)
  const target = { format: 'parquet', names, csv: { formulas: 'keep' }, timestamps: new Set<string>() } as const
  expect(await writeRows(path, target, rowsOf(1_001, names.length))).toMatchObject({ rows: 1_001 })
  const file = await asyncBufferFromFile(path)
  const { row_groups } = await parquetMetadataAsync(file)
  expect(row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([1_000, 1])
  const read: Record<string, unknown>[] = await parquetReadObjects({ file })
  expect(read.map(({ c0, c1 }) => [Number(c0), c1])).toEqual(Array.from({ length: 1_001 }, (_, row) => [row, null]))
  rmSync(folder, { recursive: true })
})
