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
import { dropBlankRecords, readRecords } from './csv-records.ts'
import type { ParseOptions } from './parse-options.ts'
import { checkShape, type RawColumns } from './raw-columns.ts'
import { isTextColumn } from './table.ts'
import type { Warnings } from './warnings.ts'

/**
 * Parses CSV of any dialect: separators, decimal commas, comments, and the preambles of loggers. Throws a `Problem` with
 * the line, and with the parameter that helps, if the text has no names or a line does not fit.
 */
export function parseDialect(sent: string, options: ParseOptions, warnings: Warnings): RawColumns {
  const text = removeNul(sent, warnings)
  const preamble = readPreamble(text, options)
  const { start, line, kind } = preamble
  const delimiter =
    options.delimiter ?? preamble.delimiter ?? detectDelimiter(text.slice(start), options.columns?.length)
  const csv = { text, start, line, delimiter }
  const records = readRecords(csv)
  const names = options.columns ?? records[0] ?? []
  checkShape(0, names.length)
  if (!options.columns && holdsValues(names, records[1])) throw namesMissing(csv, names)
  if (!options.delimiter && !preamble.delimiter) checkSingleColumn(csv, records)
  checkLengths(csv, records, names.length, warnings)

  const isText = names.map((name) => isTextColumn(toColumnName(name), options.textColumns ?? []))
  const lines = dropBlankRecords(csv, records).slice(options.columns ? 0 : 1)
  const { units, data } = options.columns ? { units: [], data: lines } : splitUnits(lines, kind, isText, warnings)
  const rows = dropNameLines(names, data, warnings)
  if (rows.length === 0) noteNoRows(csv, names, warnings)
  checkOtherNames(csv, records, rows)
  noteComments(csv, warnings)
  checkShape(rows.length, names.length)

  const columns = names.map((name, index): TextColumn => {
    const readCells = <T>(read: (cell: string) => T) => rows.map((row) => read(row[index] ?? ''))
    return { name, unit: units[index]?.trim() ?? '', isText: isText[index] ?? false, readCells }
  })
  const read = makeCellReader(options, delimiter)
  const raw = dropUnnamed(columns, warnings).map((column) => convertColumn(column, read))
  const isHobo = kind === 'hobo' || names.some(isHoboTime)
  return isHobo ? convertHobo(raw, options, warnings) : raw
}

/** Separates the lines of units from the rows. Only TOA5 says that it has them: others are recognised by their units. */
function splitUnits(lines: string[][], kind: Preamble['kind'], isText: readonly boolean[], warnings: Warnings) {
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
