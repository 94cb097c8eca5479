import { Problem } from '../core/problem.ts'
import { type Cell, toCells } from './cells.ts'
import { LIMITS } from './limits.ts'
import { checkShape, type RawColumns } from './raw-columns.ts'
import type { Warnings } from './warnings.ts'

/** A table of columns: lower-case names, all columns of the same length. */
export interface DataTable {
  rows: number
  columns: Map<string, Cell[]>
}

/** Columns that Latchkey itself adds to every row of a download; an upload cannot set them. */
export const SERVER_COLUMNS = ['time_upload_utc', 'matched_checksums', 'failed_checksums'] as const

export const isServerColumn = (name: string): boolean => SERVER_COLUMNS.some((own) => own === name)

/**
 * The name under which a column is stored: lower case, without anything but letters, digits, `. : + _ -` and blanks,
 * as co2logserver does it, so that a name always fits a query parameter. Letters of every script are kept.
 */
export const columnName = (sent: string): string =>
  sent
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}.:+_ -]/gu, '')
    .trim()

/**
 * Checks raw columns against the limits and makes a table of them. Columns that `accept` refuses, or that carry a name
 * of ours, are left out with a warning.
 */
export function toTable(raw: RawColumns, accept: RegExp, warnings: Warnings): DataTable {
  const rows = raw.reduce((most, [, values]) => Math.max(most, values.length), 0)
  checkShape(rows, raw.length)

  const columns = new Map<string, Cell[]>()
  raw.forEach(([sent, values], index) => {
    const name = checkedName(sent, index)
    if (columns.has(name)) {
      const detail = `two columns are called "${name}" (letter case does not count)`
      throw new Problem('body_invalid', `Column ${index + 1}: ${detail}.`, { issues: [{ field: name, detail }] })
    }
    if (name !== sent.toLowerCase()) {
      warnings.note(`column "${sent.slice(0, LIMITS.columnNameCharacters)}" is stored as "${name}"`)
    }
    const cells = toCells(name, values, warnings)
    while (cells.length < rows) cells.push(null)
    columns.set(name, cells)
  })

  for (const name of [...columns.keys()]) {
    const taken = isServerColumn(name)
    if (!taken && accept.test(name)) continue
    columns.delete(name)
    const why = taken ? 'the server sets it itself' : 'ACCEPT_COLUMNS does not allow it'
    warnings.note(`column "${name}" was not stored: ${why}`)
  }
  return { rows: columns.size === 0 ? 0 : rows, columns }
}

function checkedName(sent: string, index: number): string {
  const name = columnName(sent)
  if (name.length > LIMITS.columnNameCharacters) {
    throw new Problem(
      'limit_exceeded',
      `The name of column ${index + 1} has more than ${LIMITS.columnNameCharacters} characters.`,
    )
  }
  if (name !== '' && name !== '__proto__') return name
  const detail =
    name === '' ? 'its name is empty, or has neither letters nor digits' : 'this name means something to JavaScript'
  throw new Problem('body_invalid', `Column ${index + 1}: ${detail}.`, {
    issues: [{ field: `column ${index + 1}`, detail }],
  })
}
