import { isBlank, isTimeText } from './csv-names.ts'
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

/**
 * The columns without the index that pandas, R and loggers write as a first column without a name, or called `#`. An
 * index of times is the column `time`.
 */
function nameIndexColumn(columns: TextColumn[], warnings: Warnings): TextColumn[] {
  const [first, ...others] = columns
  if (!first || others.length === 0 || !(isBlank(first.name) || first.name.trim() === '#')) return columns
  const every = (test: (cell: string) => boolean) => !first.readCells(test).includes(false)
  if (every(isBlank)) return columns
  if (every((cell) => /^\d{1,9}$/.test(cell))) {
    warnings.note('column_dropped', 'column 1 has no name and contains row numbers: it was not stored')
    return others
  }
  if (!every(isTimeText) || others.some(({ name }) => name.trim().toLowerCase() === 'time')) return columns
  warnings.note('column_renamed', 'column 1 has no name and contains times: it is stored as "time"')
  return [{ ...first, name: 'time' }, ...others]
}

/**
 * The columns without an index, and without those that have neither a name nor values. A separator at the end of each
 * line makes such columns. Adds a warning for each.
 */
export function dropUnnamed(columns: TextColumn[], warnings: Warnings): TextColumn[] {
  return nameIndexColumn(columns, warnings).filter(({ name, readCells }) => {
    if (!isBlank(name) || readCells(isBlank).includes(false)) return true
    const number = columns.findIndex((column) => column.readCells === readCells) + 1
    warnings.note('column_dropped', `column ${number} has neither a name nor values: it was not stored`)
    return false
  })
}
