import { LIMITS } from '../../lib/measurements/limits.ts'
import { CommandError } from './error-message.ts'

/** Lambda receives NDJSON in base64, which leaves 4.7 MB for a body. */
const PART_BYTES = 4_000_000

const [QUOTE, LINE_FEED, CARRIAGE_RETURN] = [0x22, 0x0a, 0x0d]

/** A body for one request, and the place in the file of its first row, counted from 1. */
export interface FilePart {
  firstRow: number
  body: Buffer
}

/**
 * Splits a CSV file into bodies that one request may have. Each repeats the column names, the first line. Throws if
 * columns are separated by semicolons, as in many spreadsheet exports.
 */
export function splitCsv(file: Buffer): FilePart[] {
  const [header = Buffer.alloc(0), ...rows] = records(file, true)
  if (header.includes(';') && !header.includes(',')) {
    throw new CommandError(
      'The file separates columns by semicolons. Export it with commas, and with points in numbers.',
    )
  }
  return join(rows, header)
}

/** Splits an NDJSON file into bodies that one request may have. */
export const splitNdjson = (file: Buffer): FilePart[] => join([...records(file, false)], Buffer.alloc(0))

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

function join(rows: readonly Buffer[], header: Buffer): FilePart[] {
  const parts: FilePart[] = []
  let [start, bytes] = [0, header.length]
  rows.forEach((row, index) => {
    if (index > start && (bytes + row.length > PART_BYTES || index - start === LIMITS.rows)) {
      parts.push({ firstRow: start + 1, body: Buffer.concat([header, ...rows.slice(start, index)]) })
      start = index
      bytes = header.length
    }
    bytes += row.length
  })
  return [...parts, { firstRow: start + 1, body: Buffer.concat([header, ...rows.slice(start)]) }]
}
