import type { ColumnSource } from 'hyparquet-writer'
import type { Cell } from '../../lib/measurements/cells.ts'

/** How a column is kept in Parquet: `JSON` where texts, numbers and booleans are mixed, so that none becomes another. */
export type ColumnType = 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'STRING' | 'JSON'

/** Cells of a row group, at most: it is in memory as a whole while it is written. */
const GROUP_CELLS = 2_000_000
const GROUP_ROWS = 100_000

/** The type that holds a cell beside those that a type held so far; undefined while there was none but nothing. */
export function widened(type: ColumnType | undefined, cell: Cell): ColumnType | undefined {
  if (cell === null || type === 'JSON') return type
  const own = typeOf(cell)
  if (type === undefined || type === own) return own
  // Every safe integer is a double.
  return isNumeric(type) && isNumeric(own) ? 'DOUBLE' : 'JSON'
}

function typeOf(cell: number | string | boolean): ColumnType {
  if (typeof cell === 'number') return Number.isSafeInteger(cell) ? 'INT64' : 'DOUBLE'
  return typeof cell === 'string' ? 'STRING' : 'BOOLEAN'
}

const isNumeric = (type: ColumnType): boolean => type === 'INT64' || type === 'DOUBLE'

/** Writes rows into a file, a row group at a time. */
export async function writeParquet(
  file: string,
  names: readonly string[],
  types: readonly (ColumnType | undefined)[],
  rows: AsyncIterable<readonly Cell[]>,
): Promise<void> {
  const { fileWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer')
  const columns = (group: readonly (readonly Cell[])[]): ColumnSource[] =>
    names.map((name, index) => {
      const type = types[index] ?? 'STRING'
      const cells = group.map((row) => row[index] ?? null)
      // 64 bits are bigints to the library.
      return { name, type, data: type === 'INT64' ? cells.map((cell) => (cell === null ? null : BigInt(cell))) : cells }
    })
  const parquet = new ParquetWriter({
    writer: fileWriter(file),
    schema: schemaFromColumnData({ columnData: columns([]) }),
    createdBy: 'latchkey',
  })
  const most = Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_CELLS / names.length)))
  let group: (readonly Cell[])[] = []
  const flush = async () => {
    await parquet.write({ columnData: columns(group), rowGroupSize: most })
    group = []
  }
  for await (const row of rows) {
    group.push(row)
    if (group.length === most) await flush()
  }
  if (group.length > 0) await flush()
  await parquet.finish()
}
