import { toColumnName } from './column-name.ts'
import { makeCellReader } from './csv-cells.ts'
import { dropUnnamed, type TextColumn } from './csv-columns.ts'
import { detectDelimiter } from './csv-delimiter.ts'
import { convertHobo, isHoboTime } from './csv-hobo.ts'
import {
  checkLengths,
  checkOtherNames,
  checkSingleColumn,
  dropNameLines,
  namesMissing,
  noteComments,
  noteNoRows,
  removeNul,
} from './csv-lines.ts'
import { holdsValues, isUnitLine } from './csv-names.ts'
import { type Preamble, readPreamble } from './csv-preamble.ts'
import { type CsvText, dropBlankRecords, hasBlankBeforeQuote, readRecords } from './csv-records.ts'
import type { CsvLayout } from './file-part.ts'
import type { ParseOptions } from './parse-options.ts'
import { checkShape, type RawColumns } from './raw-columns.ts'
import { isTextColumn } from './table.ts'
import type { Warnings } from './warnings.ts'

/**
 * Parses CSV of any dialect: separators, decimal commas, comments, and the preambles of loggers. Throws a `Problem` with
 * the line, and with the parameter that helps, if the text has no names or a line does not fit.
 */
export function parseDialect(sent: string, options: ParseOptions, warnings: Warnings): RawColumns {
  const { part } = options
  const layout = part?.layout
  const text = removeNul(sent, warnings)
  const csv = layout ? continueCsv(text, layout) : openCsv(text, options)
  if (part) csv.isTrimmed = part.reading.isTrimmed ||= isTrimmedPart(text.slice(csv.start), csv.delimiter)
  const records = readRecords(csv)
  const names = layout?.names ?? options.columns ?? records[0] ?? []
  checkShape(0, names.length)
  if (!layout && !options.columns && holdsValues(names, records[1])) throw namesMissing(csv, names)
  if (!layout && !csv.isDeclared) checkSingleColumn(csv, records)
  checkLengths(csv, records, names.length, warnings)

  const isText = areTexts(names, options)
  const lines = dropBlankRecords(csv, records)
  const { units, data } = layout
    ? { units: layout.units, data: lines }
    : splitUnits(lines, options.columns ? 'no names' : csv.kind, isText, warnings)
  if (part) part.layout ??= { names, units, delimiter: csv.delimiter, kind: csv.kind, line: csv.line }
  const rows = dropNameLines(names, data, warnings)
  if (rows.length === 0 && !part) noteNoRows(csv, names, warnings)
  checkOtherNames(csv, records, rows)
  noteComments(csv, warnings, !layout)
  checkShape(rows.length, names.length)
  if (part) part.rows = rows.length
  // Without rows, it shows nothing about the columns of a file.
  if (rows.length === 0 && part) return []

  const columns = names.map((name, index): TextColumn => {
    const readCells = <T>(read: (cell: string) => T) => rows.map((row) => read(row[index] ?? ''))
    return { name, unit: units[index]?.trim() ?? '', isText: isText[index] ?? false, readCells }
  })
  const read = makeCellReader(options, csv.delimiter)
  const raw = dropUnnamed(columns, warnings, part?.reading).map((column) => convertColumn(column, read))
  const isHobo = csv.kind === 'hobo' || names.some(isHoboTime)
  return isHobo ? convertHobo(raw, options, warnings) : raw
}

/** In another part, such a blank may follow a separator, and decide about all. */
const isTrimmedPart = (text: string, delimiter: string): boolean =>
  hasBlankBeforeQuote(text, delimiter) || /(?:^|[\r\n]) "/.test(text)

/** Which columns are texts. */
export const areTexts = (names: readonly string[], { textColumns = [] }: ParseOptions): boolean[] =>
  names.map((name) => isTextColumn(toColumnName(name), textColumns))

interface OpenCsv extends CsvText, Pick<Preamble, 'kind'> {
  /** Whether the caller or the text declares the separator. */
  isDeclared: boolean
}

/** Finds the names and the separator of CSV. */
export function openCsv(text: string, options: ParseOptions): OpenCsv {
  const { start, line, kind, delimiter } = readPreamble(text, options)
  const declared = options.delimiter ?? delimiter
  const found = declared ?? options.part?.delimiter ?? detectDelimiter(text.slice(start), options.columns?.length)
  return { text, start, line, kind, delimiter: found, isDeclared: declared !== undefined }
}

const continueCsv = (text: string, { kind, delimiter }: CsvLayout): OpenCsv => ({
  ...{ text, kind, delimiter },
  ...{ start: 0, line: 1, isDeclared: true },
})

/**
 * Separates the names and the lines of units from the rows. Only TOA5 says that it has them: others are recognised by
 * their units.
 */
function splitUnits(
  records: string[][],
  kind: Preamble['kind'] | 'no names',
  isText: readonly boolean[],
  warnings: Warnings,
) {
  if (kind === 'no names') return { units: [], data: records }
  const lines = records.slice(1)
  const [first = [], second = []] = lines
  if (kind === 'toa5') return { units: first, data: lines.slice(2) }
  const withoutTexts = first.map((cell, index) => (isText[index] ? '' : cell))
  if (!isUnitLine(withoutTexts, second)) return { units: [], data: lines }
  warnings.note('units_line', 'the line below the column names is read as units')
  return { units: first, data: lines.slice(1) }
}

function convertColumn(
  { name, unit, isText, readCells }: TextColumn,
  read: (text: string) => unknown,
): RawColumns[number] {
  const values = readCells<unknown>(isText ? (cell) => (cell === '' ? null : cell) : read)
  return unit === '' ? [name, values] : [name, values, unit]
}
