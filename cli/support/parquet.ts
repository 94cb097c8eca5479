import type { ColumnSource } from 'hyparquet-writer'
import type { Cell } from '../../lib/measurements/cells.ts'

/** Parquet type of a column: `JSON` if it mixes texts, numbers and booleans, so that no cell changes its type. */
export type ColumnType = 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'STRING' | 'JSON'

/** Maximum size of a row group, which is in memory while it is written. */
const GROUP_CELLS = 2_000_000
const GROUP_ROWS = 100_000

/** The type for a cell and all cells of the previous type; undefined while all cells are null. */
export function widenType(type: ColumnType | undefined, cell: Cell): ColumnType | undefined {
  if (cell === null || type === 'JSON') return type
  const cellType = typeOf(cell)
  if (type === undefined || type === cellType) return cellType
  // Every safe integer is a double.
  return isNumeric(type) && isNumeric(cellType) ? 'DOUBLE' : 'JSON'
}

function typeOf(cell: number | string | boolean): ColumnType {
  if (typeof cell === 'number') return Number.isSafeInteger(cell) ? 'INT64' : 'DOUBLE'
  return typeof cell === 'string' ? 'STRING' : 'BOOLEAN'
}

const isNumeric = (type: ColumnType): boolean => type === 'INT64' || type === 'DOUBLE'

/** Writes rows to a file, one row group at a time. */
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
      // The library expects bigints for INT64.
      return { name, type, data: type === 'INT64' ? cells.map((cell) => (cell === null ? null : BigInt(cell))) : cells }
    })
  const parquet = new ParquetWriter({
    writer: fileWriter(file),
    schema: schemaFromColumnData({ columnData: columns([]) }),
    createdBy: 'latchkey',
  })
  const groupRows = Math.max(1, Math.min(GROUP_ROWS, Math.floor(GROUP_CELLS / names.length)))
  let group: (readonly Cell[])[] = []
  const flush = async () => {
    await parquet.write({ columnData: columns(group), rowGroupSize: groupRows })
    group = []
  }
  for await (const row of rows) {
    group.push(row)
    if (group.length === groupRows) await flush()
  }
  if (group.length > 0) await flush()
  await parquet.finish()
}
