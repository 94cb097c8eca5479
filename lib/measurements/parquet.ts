import type { SchemaElement } from 'hyparquet'
import { type ColumnSource, ParquetWriter, schemaFromColumnData, type Writer } from 'hyparquet-writer'
import type { Cell } from './cells.ts'
import type { ParquetColumn } from './parquet-columns.ts'
import { parseTime } from './times.ts'

/** Maximum size of a row group, which is in memory while it is written. */
const GROUP_CELLS = 2_000_000
const GROUP_ROWS = 100_000

/** Writes rows as a Parquet file, one row group at a time. */
export async function writeParquet(
  writer: Writer,
  columns: readonly ParquetColumn[],
  rows: AsyncIterable<readonly Cell[]>,
): Promise<void> {
  const columnData = (group: readonly (readonly Cell[])[]): ColumnSource[] =>
    columns.map((column) => toColumnSource(column, group))
  const timestamps = columns.filter(({ type }) => type === 'TIMESTAMP').map(({ name }) => [name, timestamp(name)])
  const parquet = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: columnData([]), schemaOverrides: Object.fromEntries(timestamps) }),
    createdBy: 'latchkey',
  })
  const groupRows = Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_CELLS / columns.length)))
  let group: (readonly Cell[])[] = []
  const flush = async () => {
    await parquet.write({ columnData: columnData(group), rowGroupSize: groupRows })
    group = []
  }
  for await (const row of rows) {
    group.push(row)
    if (group.length === groupRows) await flush()
  }
  if (group.length > 0) await flush()
  await parquet.finish()
}

/** The library's own TIMESTAMP has milliseconds only. */
const timestamp = (name: string): SchemaElement => ({
  name,
  type: 'INT64',
  converted_type: 'TIMESTAMP_MICROS',
  repetition_type: 'OPTIONAL',
})

function toColumnSource(
  { name, type, place, contains }: ParquetColumn,
  group: readonly (readonly Cell[])[],
): ColumnSource {
  const cells = group.map((row) => {
    const cell = row[place] ?? null
    return contains(cell) ? cell : null
  })
  if (type === 'TIMESTAMP') return { name, data: cells.map(toMicroseconds) }
  // The library expects bigints for INT64.
  return { name, type, data: type === 'INT64' ? cells.map((cell) => (cell === null ? null : BigInt(cell))) : cells }
}

function toMicroseconds(cell: Cell): bigint | null {
  const ms = parseTime(cell)
  return ms === null ? null : BigInt(Math.round(ms * 1000))
}
