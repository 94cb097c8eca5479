import { type Cell, isNumberText } from './cells.ts'

/** How rows are written: one line each, between a head and a tail. */
export interface RowFormat {
  contentType: string
  headers: Record<string, string>
  head: string
  row(cells: readonly Cell[]): string
  between: string
  /** What ends the page; `next` is the address of the page after it, if there is one. */
  tail(next: string | null): string
}

export function csvFormat(columns: readonly string[], formulas: 'defuse' | 'keep'): RowFormat {
  const line = (cells: readonly Cell[]): string => {
    let text = ''
    for (const cell of cells) text += `${typeof cell === 'number' ? cell : csvCell(cell, formulas)},`
    return `${text.slice(0, -1)}\r\n`
  }
  return {
    contentType: 'text/csv; charset=utf-8; header=present',
    headers: { 'content-disposition': 'attachment; filename="latchkey-data.csv"' },
    head: line(columns),
    row: line,
    between: '',
    tail: () => '',
  }
}

/** What a spreadsheet takes for the start of a formula, in both widths, whatever blank characters it skips before. */
const FORMULA = /^[\s\0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/

/** Most texts are of this kind, times and names among them: nothing in them means anything to CSV or a spreadsheet. */
const HARMLESS = /^\w[\w.:-]*$/

/**
 * A cell of RFC 4180 CSV. A text that a spreadsheet would run as a formula gets an apostrophe in front, as OWASP
 * advises ("CSV Injection"); numbers are no formulas, whatever their sign.
 */
function csvCell(cell: Cell, formulas: 'defuse' | 'keep'): string {
  if (cell === null) return ''
  if (typeof cell !== 'string' || HARMLESS.test(cell)) return String(cell)
  const runs = formulas === 'defuse' && FORMULA.test(cell) && !isNumberText(cell)
  const text = runs ? `'${cell}` : cell
  return text === '' || /[",;\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const jsonRow = (columns: readonly string[]) => (cells: readonly Cell[]) =>
  JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? null])))

export const jsonFormat = (columns: readonly string[]): RowFormat => ({
  contentType: 'application/json',
  headers: {},
  head: '[',
  row: jsonRow(columns),
  between: ',\n',
  tail: () => ']\n',
})

export const ndjsonFormat = (columns: readonly string[]): RowFormat => ({
  contentType: 'application/x-ndjson',
  headers: {},
  head: '',
  row: (cells) => `${jsonRow(columns)(cells)}\n`,
  between: '',
  tail: () => '',
})
