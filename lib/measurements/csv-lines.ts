import { Problem } from '../core/problem.ts'
import { isMissing } from './convert-cells.ts'
import { isBlank, isNumeric, isValue } from './csv-names.ts'
import { type CsvText, recordProblem } from './csv-records.ts'
import { COUNT, formatCount, type Warnings } from './warnings.ts'

/** The text without NUL characters: SD cards that lose power leave blocks of them. */
export function removeNul(text: string, warnings: Warnings): string {
  if (!text.includes('\0')) return text
  const clean = text.replaceAll('\0', '')
  const removed = text.length - clean.length
  warnings.note('bytes_ignored', `removed ${COUNT}`, removed, 'NUL byte')
  return clean
}

/** The rows without lines of dashes, as databases write below names, and without those that repeat the names. */
export function dropNameLines(names: readonly string[], rows: string[][], warnings: Warnings): string[][] {
  const isRepeated = (row: string[]) =>
    (row[0]?.startsWith('--') && row.every((cell) => /^-{2,}$/.test(cell))) ||
    (row[0] === names[0] && row.length === names.length && row.every((cell, index) => cell === names[index]))
  const kept = rows.filter((row) => !isRepeated(row))
  const skipped = rows.length - kept.length
  if (skipped > 0) warnings.note('lines_skipped', `skipped ${COUNT} of column names or dashes`, skipped, 'later line')
  return kept
}

/** Comments among the rows may be values that start with `#`. */
export function noteComments({ text, start }: CsvText, warnings: Warnings, isFirstPart = true): void {
  const following = text.slice(start).match(/(?<=[\r\n])#/g)?.length ?? 0
  const comments = following + (isFirstPart || !text.startsWith('#') ? 0 : 1)
  const sentence = `skipped ${COUNT} among the rows that start with #, as comments`
  if (comments > 0) warnings.note('lines_skipped', sentence, comments, 'line')
}

/** A cell of a line of names: it starts with a letter, and is not a word for a missing value. */
const looksLikeName = (cell: string): boolean => /^\s*[\p{L}_]/u.test(cell) && !isMissing(cell)

/** A line of other names than those above it: texts only, all distinct, with blank cells only at its ends. */
function looksLikeNames(row: readonly string[]): boolean {
  const first = row.findIndex((cell) => !isBlank(cell))
  const last = row.findLastIndex((cell) => !isBlank(cell))
  const cells = row.slice(first, last + 1)
  return cells.length > 1 && cells.every(looksLikeName) && new Set(cells).size === cells.length
}

/**
 * Throws a `Problem` for a line of other names among the rows, as files with several tables have. Its texts are in
 * columns whose other cells are numbers or times: in at least half of the columns, and two.
 */
export function checkOtherNames(csv: CsvText, records: readonly string[][], rows: readonly string[][]): void {
  const lines = rows.filter(looksLikeNames)
  const [first] = lines
  if (!first || 2 * lines.length >= rows.length) return
  const namesOfTables = new Set(lines)
  const others = rows.filter((row) => !namesOfTables.has(row))
  const isNumericColumn = (column: number) => {
    const cells = others.map((row) => row[column] ?? '')
    return cells.some(isValue) && cells.every((cell) => isBlank(cell) || isValue(cell) || isMissing(cell))
  }
  const columns = [...first.keys()].filter((column) => !isBlank(first[column] ?? ''))
  const numeric = columns.filter(isNumericColumn)
  if (numeric.length < 2 || 2 * numeric.length < columns.length) return
  const detail = 'it seems to have other column names (send each table as an upload, or skip= with the lines before it)'
  throw recordProblem(csv, records.indexOf(first), detail)
}

/** UNIX seconds behind a name, dates and decimals, as in a line with names and values. `pm2.5` is a name. */
const VALUE_IN_NAME = /\p{L}1\d{9}|\d{4}-\d\d-\d\d|^\s*-?\d+\.\d+\s*$/u

/** Adds a warning for CSV without rows. Throws a `Problem` if its names seem to be joined with the values of rows. */
export function noteNoRows(
  csv: Pick<CsvText, 'line' | 'delimiter'>,
  names: readonly string[],
  warnings: Warnings,
): void {
  const { line } = csv
  const [name = ''] = names
  if (names.length === 1 && /\s/.test(name.trim()) && name.trim().split(/\s+/).every(isNumeric))
    throw namesMissing(csv, names)
  if (names.some((name) => VALUE_IN_NAME.test(name))) {
    const detail = 'it seems to contain rows, but has no line endings'
    throw new Problem(
      'body_invalid',
      `The CSV cannot be read at line ${line}: ${detail}. Send the file with curl --data-binary, because -d drops line endings.`,
      {
        issues: [{ line, detail }],
      },
    )
  }
  warnings.note('no_rows', 'the CSV has column names but no rows (curl -d drops line endings: use --data-binary)')
}

/** Blank cells beyond the columns come with a warning. Throws a `Problem` for other cells there. */
export function checkLengths(csv: CsvText, records: readonly string[][], columns: number, warnings: Warnings): void {
  let surplus = 0
  for (const [index, record] of records.entries()) {
    if (record.length <= columns) continue
    if (!record.slice(columns).every(isBlank)) throw recordProblem(csv, index, explainLength(csv, record, columns))
    surplus += 1
  }
  const sentence = `skipped empty cells beyond the last column in ${COUNT}`
  if (surplus > 0) warnings.note('column_dropped', sentence, surplus, 'line')
}

function explainLength({ delimiter }: CsvText, record: readonly string[], columns: number): string {
  const counts = `it has ${record.length} cells, but the CSV has ${formatCount(columns, 'column')}`
  if (delimiter === ',' && record.filter(isNumeric).length > columns)
    return `${counts} (decimal commas? Send decimal points, or another separator)`
  if (columns === 1)
    return `${counts} (does another line have the names? Send skip= with the number of lines before it)`
  return `${counts} (quote a text that contains the separator, or name the separator with delimiter=)`
}

/** Throws a `Problem` if a single column looks like several that another separator divides. */
export function checkSingleColumn({ line }: CsvText, [names = [], row = []]: readonly string[][]): void {
  const [name = '', value = ''] = [names[0], row[0]]
  if (names.length !== 1 || row.length !== 1) return
  const cellsBy = (separator: string | RegExp) => [name, value].map((text) => text.trim().split(separator).length)
  const [pipesInName = 1, pipesInRow] = cellsBy('|')
  if (pipesInName > 1 && pipesInName === pipesInRow) throw separatorProblem(line, '|', 'Send delimiter=pipe.')
  const [blanksInName = 1, blanksInRow] = cellsBy(/\s+/)
  const hasNumber = value.trim().split(/\s+/).some(isNumeric)
  if (blanksInName > 1 && blanksInName === blanksInRow && hasNumber)
    throw separatorProblem(line, 'blanks', 'Separate them by commas, semicolons or tabs, or send delimiter=comma.')
}

function separatorProblem(line: number, separator: string, cure: string): Problem {
  const detail = `the columns seem to be separated by ${separator}`
  return new Problem('body_invalid', `The CSV cannot be read at line ${line}: ${detail}. ${cure}`, {
    issues: [{ line, detail }],
  })
}

export function namesMissing(
  { line, delimiter }: Pick<CsvText, 'line' | 'delimiter'>,
  names: readonly string[],
): Problem {
  const columns = names.length
  const parts = (names[0] ?? '').trim().split(/\s+/)
  if (columns === 1 && delimiter === ',' && (parts.length > 2 || (parts.length === 2 && parts.every(isNumeric)))) {
    const cure = 'Separate them by commas, semicolons or tabs, and send header=absent&columns= with their names.'
    return separatorProblem(line, 'blanks', cure)
  }
  const cure = columns === 2 ? 'columns=time,temp' : `columns= and ${formatCount(columns, 'name')}`
  const detail = `line ${line} has numbers or times instead of column names`
  return new Problem(
    'body_invalid',
    `The CSV cannot be read: ${detail}. Send header=absent&${cure}, or add a first line with names.`,
    {
      issues: [{ line, detail }],
    },
  )
}
