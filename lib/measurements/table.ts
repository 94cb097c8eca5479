import { Problem } from '../core/problem.ts'
import type { Cell } from './cells.ts'
import { toColumnName } from './column-name.ts'
import { toCells } from './convert-cells.ts'
import { LIMITS } from './limits.ts'
import { checkShape, type RawColumns } from './raw-columns.ts'
import type { Warnings } from './warnings.ts'

/** A table of columns: lower-case names, all columns of the same length. */
export interface DataTable {
  rows: number
  columns: Map<string, Cell[]>
  /** The units that the body names, by column. */
  units?: Map<string, string>
}

/** Columns that Latchkey adds to every row of a download; an upload cannot set them. */
export const SERVER_COLUMNS = ['time_upload_utc', 'matched_checksums', 'failed_checksums'] as const

export const isServerColumn = (name: string): boolean => SERVER_COLUMNS.some((column) => column === name)

/** Whether the values of a column are texts, even if they look like numbers. Ids such as `007` and `1E5` must not change. */
export const isTextColumn = (name: string, textColumns: readonly string[]): boolean =>
  name === 'box' || textColumns.includes(name)

/** What the whole of a file has decided about its columns, for one part of it. */
export interface TablePart {
  /** The columns whose words for missing values are null. */
  cleared: ReadonlySet<string>
  /** Rows of the part, which may have no columns in it. */
  rows: number
  /** Receives the cells of each column, also of those that are dropped. */
  onCells?: (column: string, cells: readonly Cell[]) => void
}

/**
 * Checks raw columns against the limits and converts them into a table. Columns that `accept` does not match, or that
 * have the name of a server column, are dropped with a warning. Throws a `Problem` for invalid names and values.
 */
export function toTable(
  raw: RawColumns,
  accept: RegExp,
  warnings: Warnings,
  textColumns: readonly string[] = [],
  part?: TablePart,
): DataTable {
  const rows = raw.reduce((max, [, values]) => Math.max(max, values.length), part?.rows ?? 0)
  checkShape(rows, raw.length)

  const columns = new Map<string, Cell[]>()
  const units = new Map<string, string>()
  raw.forEach(([sentName, values, unit], index) => {
    const name = checkName(sentName, index)
    if (columns.has(name)) {
      const detail = `two columns are called "${name}" (letter case does not count)`
      throw new Problem('body_invalid', `Column ${index + 1}: ${detail}.`, { issues: [{ field: name, detail }] })
    }
    if (name !== sentName.toLowerCase()) {
      warnings.note(
        'column_renamed',
        `column "${sentName.slice(0, LIMITS.columnNameCharacters)}" is stored as "${name}"`,
      )
    }
    const isText = isTextColumn(name, textColumns)
    const cells = toCells(name, values, warnings, { isText, isCleared: part && !isText && part.cleared.has(name) })
    while (cells.length < rows) cells.push(null)
    part?.onCells?.(name, cells)
    columns.set(name, cells)
    if (unit) units.set(name, unit)
  })

  for (const name of [...columns.keys()]) {
    const isReserved = isServerColumn(name)
    if (!isReserved && accept.test(name)) continue
    columns.delete(name)
    units.delete(name)
    const reason = isReserved ? 'the server sets it itself' : 'ACCEPT_COLUMNS does not allow it'
    warnings.note('column_dropped', `column "${name}" was not stored: ${reason}`)
  }
  return { rows: columns.size === 0 && !part ? 0 : rows, columns, ...(units.size > 0 && { units }) }
}

function checkName(sentName: string, index: number): string {
  const name = toColumnName(sentName)
  if (name.length > LIMITS.columnNameCharacters) {
    throw new Problem(
      'limit_exceeded',
      `The name of column ${index + 1} has more than ${LIMITS.columnNameCharacters} characters.`,
    )
  }
  if (name !== '' && name !== '__proto__') return name
  const detail = name === '' ? 'its name is empty, or has neither letters nor digits' : 'this name is reserved'
  throw new Problem('body_invalid', `Column ${index + 1}: ${detail}.`, {
    issues: [{ field: `column ${index + 1}`, detail }],
  })
}
