import { CsvError, parse } from 'csv-parse/sync'
import { Problem } from '../problem.ts'
import { readText } from './cells.ts'
import type { RawColumns } from './shapes.ts'
import { checkShape } from './shapes.ts'
import { decodeText } from './text.ts'

/**
 * CSV (RFC 4180): commas, first line column names, any of the three line ends. A short line is padded with nothing;
 * a long one, or a stray quote, is refused with its line.
 */
export function parseCsv(bytes: Uint8Array, charset?: string): RawColumns {
  const [names = [], ...rows] = records(decodeText(bytes, charset))
  checkShape(rows.length, names.length)
  return names.map((name, index) => [name, rows.map((row) => readText(row[index] ?? ''))])
}

function records(text: string): string[][] {
  try {
    return parse(text, {
      bom: true,
      relax_column_count_less: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // The parser counts a CRLF inside quotes as two lines.
    if (text.includes('\r\n')) return records(text.replaceAll('\r\n', '\n'))
    throw csvFault(error)
  }
}

const REASONS: Partial<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'it has more cells than there are columns',
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  INVALID_OPENING_QUOTE: 'a quote stands inside an unquoted cell',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote',
}

function csvFault(error: CsvError): Problem {
  const line = Number(error['lines'])
  const detail = REASONS[error.code] ?? 'not CSV'
  return new Problem('body_invalid', `The CSV does not parse at line ${line}: ${detail}.`, {
    faults: [{ line, detail }],
  })
}
