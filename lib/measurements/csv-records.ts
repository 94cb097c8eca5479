import { CsvError, type Options, parse } from 'csv-parse/sync'
import type { Problem } from '../core/problem.ts'
import { placedProblem } from './placed-problem.ts'

/** A part of a body from a line on. */
export interface CsvText {
  text: string
  start: number
  line: number
  delimiter: string
  /** Whether blanks before cells are removed; by default, if the text has a quote after a blank. */
  isTrimmed?: boolean
}

const REASONS: Partial<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote that is opened here or before is never closed',
  INVALID_OPENING_QUOTE: 'an unquoted cell contains a quote',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote',
}

/** Whether a separator is followed by a blank and a quote, so that the blank is not part of the cell. */
export const hasBlankBeforeQuote = (text: string, delimiter: string): boolean =>
  delimiter !== '\t' && text.includes(`${delimiter} "`)

const optionsFor = (
  text: string,
  { delimiter, isTrimmed = hasBlankBeforeQuote(text, delimiter) }: CsvText,
): Options => ({
  delimiter,
  relax_column_count: true,
  record_delimiter: ['\r\n', '\n', '\r'],
  skip_empty_lines: true,
  ...(text.includes('#') && { comment: '#', comment_no_infix: true }),
  ...(isTrimmed && { ltrim: true }),
})

/** Parses the records of a CSV text (RFC 4180), of any length. Throws a `Problem` with the line for a stray quote. */
export function readRecords(csv: CsvText, options: Options = {}, lineEnds = '\r\n'): string[][] {
  const text = csv.text.slice(csv.start)
  try {
    return parse(lineEnds === '\n' ? text.replaceAll('\r\n', '\n') : text, {
      ...optionsFor(text, csv),
      ...options,
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // The parser treats a CRLF inside quotes as two lines, so its line number would be wrong.
    if (lineEnds !== '\n' && text.includes('\r\n')) return readRecords(csv, options, '\n')
    throw lineProblem(csv, Number(error['lines']), REASONS[error.code] ?? 'not CSV')
  }
}

/** Precedes a blank cell that was in quotes. The text has no NUL characters of its own. */
const QUOTED = '\0'

/** A loop, since this runs for each record. */
function isBlankRecord(record: readonly string[]): boolean {
  for (const cell of record) if (cell.trim() !== '') return false
  return true
}

/** Drops records whose cells are all blank and without quotes, as spreadsheets write for empty lines. */
export function dropBlankRecords(csv: CsvText, records: string[][]): string[][] {
  if (!records.some(isBlankRecord)) return records
  if (!csv.text.includes('"')) return records.filter((record) => !isBlankRecord(record))
  const marked = readRecords(csv, {
    cast: (cell, { quoting }) => (quoting && cell.trim() === '' ? QUOTED + cell : cell),
  })
  return records.filter((_, index) => !isBlankRecord(marked[index] ?? []))
}

/** The error for a record with its number from 0, for its line. */
export function recordProblem(csv: CsvText, record: number, detail: string): Problem {
  const text = csv.text.slice(csv.start).replaceAll('\r\n', '\n')
  let line = 0
  parse(text, {
    ...optionsFor(text, csv),
    to: record + 1,
    on_record: (cells, { lines }) => {
      line = lines
      return cells
    },
  })
  return lineProblem(csv, line, detail)
}

function lineProblem(csv: CsvText, lineOfPart: number, detail: string): Problem {
  const line = csv.line - 1 + lineOfPart
  const messageAt = (place: { line: number; byte: number }) =>
    `The CSV does not parse at line ${place.line} (from byte ${place.byte} on): ${detail}.`
  return placedProblem('body_invalid', { line, byte: findLineStart(csv.text, line) }, messageAt, { detail })
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
