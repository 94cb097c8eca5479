import { CsvError, parse } from 'csv-parse/sync'
import { Problem } from '../core/problem.ts'
import { parseCellText } from './cells.ts'
import { parsePlainRows } from './fast-numbers.ts'
import { checkShape, type RawColumns } from './raw-columns.ts'
import { decodeText } from './text.ts'
import { Warnings } from './warnings.ts'

const BYTE_ORDER_MARK = '\ufeff'

/**
 * Parses CSV (RFC 4180) with commas, column names in the first line and any of the three line endings. Pads short lines
 * with null. Throws a `Problem` with the line for a long line or a stray quote.
 */
export function parseCsv(bytes: Uint8Array, charset?: string, warnings = new Warnings()): RawColumns {
  const text = decodeText(bytes, charset)
  const plainColumns = parsePlainTable(text)
  if (plainColumns) return plainColumns
  const [names = [], ...rows] = parseRecords(text)
  if (rows.length === 0)
    warnings.note('the CSV has column names but no rows (curl -d drops line endings: use --data-binary)')
  checkShape(rows.length, names.length)
  return names.map((name, index) => [name, rows.map((row) => parseCellText(row[index] ?? ''))])
}

/**
 * Fast path for what devices send: names without quotes, then only plain numbers. Null for anything else, or beyond a
 * limit.
 */
function parsePlainTable(text: string): RawColumns | null {
  const [line = ''] = /^[^"\r\n]+(?=[\r\n])/.exec(text) ?? []
  const names = line.split(',')
  const columns =
    line === '' || line.startsWith(BYTE_ORDER_MARK) ? null : parsePlainRows(text, line.length, names.length)
  if (!columns?.[0]?.length) return null
  return names.map((name, index) => [name, columns[index] ?? []])
}

function parseRecords(text: string, original = text): string[][] {
  try {
    return parse(text, {
      bom: true,
      relax_column_count_less: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // The parser treats a CRLF inside quotes as two lines, so its line number would be wrong.
    if (text.includes('\r\n')) return parseRecords(text.replaceAll('\r\n', '\n'), text)
    throw csvProblem(error, original)
  }
}

const REASONS: Partial<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'it has more cells than there are columns',
  CSV_QUOTE_NOT_CLOSED: 'a quote that is opened here or before is never closed',
  INVALID_OPENING_QUOTE: 'an unquoted cell contains a quote',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote',
}

function csvProblem(error: CsvError, text: string): Problem {
  const line = Number(error['lines'])
  const byte = findLineStart(text, line)
  const detail = REASONS[error.code] ?? 'not CSV'
  return new Problem('body_invalid', `The CSV does not parse at line ${line} (from byte ${byte} on): ${detail}.`, {
    issues: [{ line, byte, detail }],
  })
}

/** UTF-8 bytes before a line; the first line is 1. */
function findLineStart(text: string, line: number): number {
  let current = 1
  for (const end of text.matchAll(/\r\n|\n|\r/g)) {
    current += 1
    if (current === line) return Buffer.byteLength(text.slice(0, end.index + end[0].length))
  }
  return 0
}
