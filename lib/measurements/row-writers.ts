import * as z from 'zod/mini'
import { booleanString } from '../core/zod-helpers.ts'
import type { RowLayout } from './block-text.ts'
import { type Cell, isNumberText } from './cells.ts'

/** How rows are written: one line each, between a head and a tail. */
export interface RowFormat {
  contentType: string
  headers: Record<string, string>
  head: string
  row(cells: readonly Cell[]): string
  between: string
  /** The same for `writeRows`, which is faster; absent if it cannot write these rows. */
  layout?: RowLayout
  /** The end of the page; `next` is the URL of the next page, if there is one. */
  tail(next: string | null): string
}

/** Parameters of a download that only change CSV. */
export const csvOutputParameters = {
  formulas: z._default(z.enum(['defuse', 'keep'], 'must be defuse or keep'), 'defuse'),
  excel: z.optional(booleanString),
  delimiter: z.optional(z.enum(['comma', 'semicolon'], 'must be comma or semicolon')),
  decimal: z.optional(z.enum(['point', 'comma'], 'must be point or comma')),
}

const csvOutput = z.object(csvOutputParameters)
export type CsvOutput = z.output<typeof csvOutput>

/** Excel reads UTF-8 only after a byte order mark. */
const BYTE_ORDER_MARK = '\ufeff'

export function csvFormat(columns: readonly string[], { formulas, excel, delimiter, decimal }: CsvOutput): RowFormat {
  const separator = delimiter === 'semicolon' ? ';' : ','
  const formatNumber = decimal === 'comma' ? (cell: number) => String(cell).replace('.', ',') : String
  const formatLine = (cells: readonly Cell[]): string => {
    let text = ''
    for (const cell of cells) {
      text += (typeof cell === 'number' ? formatNumber(cell) : formatCsvCell(cell, formulas)) + separator
    }
    return `${text.slice(0, -1)}\r\n`
  }
  return {
    contentType: 'text/csv; charset=utf-8; header=present',
    headers: { 'content-disposition': 'attachment; filename="latchkey-data.csv"' },
    head: (excel ? BYTE_ORDER_MARK : '') + formatLine(columns),
    row: formatLine,
    between: '',
    ...(decimal !== 'comma' && { layout: csvLayout(columns.length, separator, formulas) }),
    tail: () => '',
  }
}

const csvLayout = (columns: number, separator: string, formulas: CsvOutput['formulas']): RowLayout => ({
  columns: Array.from({ length: columns }, (_, place) => ({ place, before: place === 0 ? '' : separator })),
  format: (cell) => formatCsvCell(cell, formulas),
  end: '\r\n',
  between: '',
})

/** Returns the parameter that a CSV selection cannot have, and why; null if there is none. */
export function csvIssue(
  format: string,
  { excel, delimiter, decimal }: Omit<CsvOutput, 'formulas'>,
): [field: string, detail: string] | null {
  const [first] = Object.entries({ excel, delimiter, decimal }).filter(([, value]) => value !== undefined)
  if (first && format !== 'csv') return [first[0], 'needs format=csv']
  return decimal === 'comma' && delimiter !== 'semicolon' ? ['decimal', 'needs delimiter=semicolon'] : null
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

/** Objects have keys that are integers first, and a repeated key once. */
function jsonLayout(columns: readonly string[], end: string, between: string): RowLayout {
  const places = Object.entries(Object.fromEntries(columns.map((name, place) => [name, place])))
  return {
    columns: places.map(([name, place], index) => ({
      place,
      before: `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`,
    })),
    format: (cell) => JSON.stringify(cell),
    end,
    between,
  }
}

export const jsonFormat = (columns: readonly string[]): RowFormat => ({
  contentType: 'application/json',
  headers: {},
  head: '[',
  row: formatJsonRow(columns),
  between: ',\n',
  layout: jsonLayout(columns, '}', ',\n'),
  tail: () => ']\n',
})

export const ndjsonFormat = (columns: readonly string[]): RowFormat => ({
  contentType: 'application/x-ndjson',
  headers: {},
  head: '',
  row: (cells) => `${formatJsonRow(columns)(cells)}\n`,
  between: '',
  layout: jsonLayout(columns, '}\n', ''),
  tail: () => '',
})
