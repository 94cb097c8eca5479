import { detectDelimiter } from '../../lib/measurements/csv-delimiter.ts'
import { isUnitLine } from '../../lib/measurements/csv-names.ts'
import type { CsvOptions } from '../../lib/measurements/csv-options.ts'
import { readPreamble } from '../../lib/measurements/csv-preamble.ts'
import { readRecords } from '../../lib/measurements/csv-records.ts'
import { LIMITS } from '../../lib/measurements/limits.ts'

interface PartLimits {
  bytes: number
  rows: number
}

/** Lambda receives NDJSON in base64, which leaves 4.7 MB for a body. */
const PART_LIMITS: PartLimits = { bytes: 4_000_000, rows: LIMITS.rows }

/** Longer than the preamble of any logger. */
const PREAMBLE_BYTES = 100_000
const BYTE_ORDER_MARK = Buffer.from('\ufeff')

const [QUOTE, LINE_FEED, CARRIAGE_RETURN] = [0x22, 0x0a, 0x0d]

/** A body for one request, and the place in the file of its first row, counted from 1. */
export interface FilePart {
  firstRow: number
  body: Buffer
}

/**
 * Splits a CSV file into bodies that one request may have. Each repeats everything above the rows: the preamble of a
 * logger, comments, skipped lines, the column names and the lines of units. With `columns`, the file has no names. Throws
 * a `Problem` for stray quotes there.
 */
export function splitCsv(file: Buffer, options: CsvOptions = {}, limits = PART_LIMITS): FilePart[] {
  const first = file.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0
  // In Latin-1, the index of a character is the index of its byte.
  const sample = file.subarray(first, first + PREAMBLE_BYTES).toString('latin1')
  const { start, kind, delimiter } = readPreamble(sample, options)
  const lines = [...records(file.subarray(first + start), true)]
  const headerLines = options.columns
    ? 0
    : kind === 'toa5'
      ? 3
      : hasUnits(lines, options.delimiter ?? delimiter)
        ? 2
        : 1
  const names = lines.slice(0, headerLines)
  return join(lines.slice(headerLines), Buffer.concat([file.subarray(0, first + start), ...names]), limits)
}

/** Whether the line below the names has units. */
function hasUnits(lines: readonly Buffer[], declared: string | undefined): boolean {
  const text = Buffer.concat(lines.slice(0, 3)).toString()
  const delimiter = declared ?? detectDelimiter(text)
  const [, units = [], row = []] = readRecords({ text, start: 0, line: 1, delimiter })
  return isUnitLine(units, row)
}

/** Splits an NDJSON file into bodies that one request may have. */
export const splitNdjson = (file: Buffer): FilePart[] => join([...records(file, false)], Buffer.alloc(0), PART_LIMITS)

/** The records of a file with their line ends. A line end inside quotes belongs to the record. */
function* records(file: Buffer, isQuoted: boolean): Generator<Buffer> {
  let [start, inQuotes] = [0, false]
  for (let at = 0; at < file.length; at += 1) {
    const byte = file[at]
    if (isQuoted && byte === QUOTE) inQuotes = !inQuotes
    const isEnd = byte === LINE_FEED || (byte === CARRIAGE_RETURN && file[at + 1] !== LINE_FEED)
    if (inQuotes || !isEnd) continue
    yield file.subarray(start, at + 1)
    start = at + 1
  }
  if (start < file.length) yield file.subarray(start)
}

function join(rows: readonly Buffer[], header: Buffer, limits: PartLimits): FilePart[] {
  const parts: FilePart[] = []
  let [start, bytes] = [0, header.length]
  rows.forEach((row, index) => {
    if (index > start && (bytes + row.length > limits.bytes || index - start === limits.rows)) {
      parts.push({ firstRow: start + 1, body: Buffer.concat([header, ...rows.slice(start, index)]) })
      start = index
      bytes = header.length
    }
    bytes += row.length
  })
  return [...parts, { firstRow: start + 1, body: Buffer.concat([header, ...rows.slice(start)]) }]
}
