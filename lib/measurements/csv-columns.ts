import { isBlank, isTimeText } from './csv-names.ts'
import { INDEX_KINDS, type IndexKind, type Reading } from './file-part.ts'
import type { Warnings } from './warnings.ts'

/** A column of CSV before its cells are converted. */
export interface TextColumn {
  name: string
  /** Empty if unknown. */
  unit: string
  isText: boolean
  /** Converts each cell. Most columns are read once, so their texts are not collected. */
  readCells: <T>(read: (cell: string) => T) => T[]
}

const INDEX_TESTS: Readonly<Record<IndexKind, (cell: string) => boolean>> = {
  blanks: isBlank,
  numbers: (cell) => /^\d{1,9}$/.test(cell),
  times: isTimeText,
}

/**
 * The columns without the index that pandas, R and loggers write as a first column without a name, or called `#`. An
 * index of times is the column `time`.
 */
function nameIndexColumn(columns: TextColumn[], warnings: Warnings, reading: Reading | undefined): TextColumn[] {
  const [first, ...others] = columns
  if (!first || others.length === 0 || !(isBlank(first.name) || first.name.trim() === '#')) return columns
  const candidates = reading?.index ?? INDEX_KINDS
  const fitting = candidates.filter((kind) => !first.readCells(INDEX_TESTS[kind]).includes(false))
  if (reading) reading.index = fitting
  const [kind] = fitting
  if (kind === 'numbers') {
    warnings.note('column_dropped', 'column 1 has no name and contains row numbers: it was not stored')
    return others
  }
  if (kind !== 'times' || others.some(({ name }) => name.trim().toLowerCase() === 'time')) return columns
  warnings.note('column_renamed', 'column 1 has no name and contains times: it is stored as "time"')
  return [{ ...first, name: 'time' }, ...others]
}

/**
 * The columns without an index, and without those that have neither a name nor values. A separator at the end of each
 * line makes such columns. Adds a warning for each.
 */
export function dropUnnamed(columns: TextColumn[], warnings: Warnings, reading?: Reading): TextColumn[] {
  return nameIndexColumn(columns, warnings, reading).filter(({ name, readCells }) => {
    if (!isBlank(name) || readCells(isBlank).includes(false)) return true
    const number = columns.findIndex((column) => column.readCells === readCells) + 1
    warnings.note('column_dropped', `column ${number} has neither a name nor values: it was not stored`)
    return false
  })
}
