import type { Cell } from './cells.ts'

/** Parquet type of a column; `JSON` only for the rest of a column that has values of three kinds. */
export type ColumnType = 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'STRING' | 'JSON' | 'TIMESTAMP'

/** The cells of a column by kind. */
export interface CellCounts {
  number: number
  string: number
  boolean: number
  /** Whether each number is a safe integer. */
  integers: boolean
}

type Kind = 'number' | 'string' | 'boolean'

/** A column of a Parquet file. */
export interface ParquetColumn {
  name: string
  type: ColumnType
  /** Place in the rows. */
  place: number
  /** Whether it contains a cell of that place. */
  contains(cell: Cell): boolean
  /** Number of its cells; for the column of other values only. */
  others?: number
}

export const noCells = (): CellCounts => ({ number: 0, string: 0, boolean: 0, integers: true })

export function countCell(counts: CellCounts, cell: Cell): void {
  if (typeof cell === 'number') {
    counts.number += 1
    counts.integers &&= Number.isSafeInteger(cell)
  } else if (typeof cell === 'string') counts.string += 1
  else if (cell !== null) counts.boolean += 1
}

/**
 * The columns of a file. A column has the type of most of its cells, so that one text does not change the type of all
 * numbers. Cells of another kind are in the next column, `<name>_other`. Columns named in `timestamps` have ISO 8601
 * texts and become timestamps.
 */
export function toParquetColumns(
  names: readonly string[],
  counts: readonly CellCounts[],
  timestamps: ReadonlySet<string>,
): ParquetColumn[] {
  const usedNames = new Set(names)
  return names.flatMap((name, place): ParquetColumn[] => {
    if (timestamps.has(name)) return [{ name, type: 'TIMESTAMP', place, contains: () => true }]
    const column = counts[place] ?? noCells()
    const kinds: Kind[] = (['number', 'string', 'boolean'] as const).filter((kind) => column[kind] > 0)
    const [first = 'string', ...rest] = kinds.sort((a, b) => column[b] - column[a])
    const main = { name, type: typeOfKind(first, column), place, contains: (cell: Cell) => typeof cell === first }
    const [second] = rest
    if (second === undefined) return [main]
    let otherName = `${name}_other`
    while (usedNames.has(otherName)) otherName += '_'
    usedNames.add(otherName)
    const others = rest.reduce((sum, kind) => sum + column[kind], 0)
    const type = rest.length > 1 ? 'JSON' : typeOfKind(second, column)
    return [main, { name: otherName, type, place, contains: (cell) => cell !== null && typeof cell !== first, others }]
  })
}

const typeOfKind = (kind: Kind, { integers }: CellCounts): ColumnType =>
  kind === 'string' ? 'STRING' : kind === 'boolean' ? 'BOOLEAN' : integers ? 'INT64' : 'DOUBLE'
