import { CsvError, parse } from 'csv-parse/sync'
import { Problem } from '../core/problem.ts'
import { parseCellText } from './cells.ts'
import { parsePlainRows } from './fast-numbers.ts'
import { checkShape, type RawColumns } from './raw-columns.ts'
import { decodeText } from './text.ts'
import { Warnings } from './warnings.ts'

const BYTE_ORDER_MARK = '\ufeff'

/**
 * CSV (RFC 4180): commas, first line column names, any of the three line ends. A short line is padded with nothing;
 * a long one, or a stray quote, is refused with its line.
 */
export function parseCsv(bytes: Uint8Array, charset?: string, warnings = new Warnings()): RawColumns {
  const text = decodeText(bytes, charset)
  const plain = plainTable(text)
  if (plain) return plain
  const [names = [], ...rows] = records(text)
  if (rows.length === 0)
    warnings.note('the CSV has a line of names and no rows (curl -d drops line ends: --data-binary)')
  checkShape(rows.length, names.length)
  return names.map((name, index) => [name, rows.map((row) => parseCellText(row[index] ?? ''))])
}

/**
 * The short way for what devices send: names without quotes, then nothing but plain numbers. Null when it is anything
 * else, or goes beyond a limit.
 */
function plainTable(text: string): RawColumns | null {
  const [line = ''] = /^[^"\r\n]+(?=[\r\n])/.exec(text) ?? []
  const names = line.split(',')
  const columns =
    line === '' || line.startsWith(BYTE_ORDER_MARK) ? null : parsePlainRows(text, line.length, names.length)
  if (!columns?.[0]?.length) return null
  return names.map((name, index) => [name, columns[index] ?? []])
}

function records(text: string, original = text): string[][] {
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
    if (text.includes('\r\n')) return records(text.replaceAll('\r\n', '\n'), text)
    throw csvFault(error, original)
  }
}

const REASONS: Partial<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'it has more cells than there are columns',
  CSV_QUOTE_NOT_CLOSED: 'a quote that is opened here or before is never closed',
  INVALID_OPENING_QUOTE: 'a quote stands inside an unquoted cell',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote',
}

function csvFault(error: CsvError, text: string): Problem {
  const line = Number(error['lines'])
  const byte = startOfLine(text, line)
  const detail = REASONS[error.code] ?? 'not CSV'
  return new Problem('body_invalid', `The CSV does not parse at line ${line} (from byte ${byte} on): ${detail}.`, {
    issues: [{ line, byte, detail }],
  })
}

/** UTF-8 bytes before a line, which counts from 1. */
function startOfLine(text: string, line: number): number {
  let at = 1
  for (const end of text.matchAll(/\r\n|\n|\r/g)) {
    at += 1
    if (at === line) return Buffer.byteLength(text.slice(0, end.index + end[0].length))
  }
  return 0
}
