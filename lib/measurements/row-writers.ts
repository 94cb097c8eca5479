import { type Cell, isNumberText } from './cells.ts'

/** How rows are written: one line each, between a head and a tail. */
export interface RowFormat {
  contentType: string
  headers: Record<string, string>
  head: string
  row(cells: readonly Cell[]): string
  between: string
  /** The end of the page; `next` is the URL of the next page, if there is one. */
  tail(next: string | null): string
}

export function csvFormat(columns: readonly string[], formulas: 'defuse' | 'keep'): RowFormat {
  const formatLine = (cells: readonly Cell[]): string => {
    let text = ''
    for (const cell of cells) text += `${typeof cell === 'number' ? cell : formatCsvCell(cell, formulas)},`
    return `${text.slice(0, -1)}\r\n`
  }
  return {
    contentType: 'text/csv; charset=utf-8; header=present',
    headers: { 'content-disposition': 'attachment; filename="latchkey-data.csv"' },
    head: formatLine(columns),
    row: formatLine,
    between: '',
    tail: () => '',
  }
}

/** What a spreadsheet treats as the start of a formula, in both widths, after any blank characters. */
const FORMULA = /^[\s\0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/

/** Matches most texts, such as times and names. They have no character that is special to CSV or a spreadsheet. */
const HARMLESS = /^\w[\w.:-]*$/

/**
 * Formats a cell as RFC 4180 CSV. Text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP,
 * "CSV Injection"). Numbers are not formulas, even with a sign.
 */
function formatCsvCell(cell: Cell, formulas: 'defuse' | 'keep'): string {
  if (cell === null) return ''
  if (typeof cell !== 'string' || HARMLESS.test(cell)) return String(cell)
  const isFormula = formulas === 'defuse' && FORMULA.test(cell) && !isNumberText(cell)
  const text = isFormula ? `'${cell}` : cell
  return text === '' || /[",;\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const formatJsonRow = (columns: readonly string[]) => (cells: readonly Cell[]) =>
  JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? null])))

export const jsonFormat = (columns: readonly string[]): RowFormat => ({
  contentType: 'application/json',
  headers: {},
  head: '[',
  row: formatJsonRow(columns),
  between: ',\n',
  tail: () => ']\n',
})

export const ndjsonFormat = (columns: readonly string[]): RowFormat => ({
  contentType: 'application/x-ndjson',
  headers: {},
  head: '',
  row: (cells) => `${formatJsonRow(columns)(cells)}\n`,
  between: '',
  tail: () => '',
})
