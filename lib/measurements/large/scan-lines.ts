import type { Encoding } from './encoding.ts'

const [NUL, LF, CR, QUOTE, HASH] = [0, 0x0a, 0x0d, 0x22, 0x23]

/** The places of a window of a file at which it may be cut. Offsets are from the start of the window. */
export interface ScannedLines {
  /** The offset after each line end that ends a record. */
  ends: number[]
  /** The number of line ends up to each of these, also of those inside quotes. */
  lines: number[]
  /** The number of records up to each of these: lines that are neither empty nor comments. */
  records: number[]
  /** Whether the window ends inside quotes. */
  isQuoted: boolean
  /** Whether the window was scanned to its end. */
  isWhole: boolean
}

interface ScanOptions {
  encoding: Encoding
  /** Whether the file ends with the window. */
  isEnd: boolean
  /** CSV may have comments, line ends inside quotes, and lines that end with a carriage return alone. */
  isCsv: boolean
  /** Offset of the line of the names in the first window of CSV. What is above it has no records. */
  names?: number | undefined
  /** After more records, the scan ends. */
  maxRecords: number
}

/**
 * Finds the line ends of a window that starts with a line. A line end after an even number of quotes is outside quotes:
 * the parser rejects a quote inside a text without quotes.
 */
export function scanLines(
  window: Uint8Array,
  { encoding, isEnd, isCsv, names, maxRecords }: ScanOptions,
): ScannedLines {
  const { unit } = encoding
  const found: ScannedLines = { ends: [], lines: [], records: [], isQuoted: false, isWhole: true }
  const start = names ?? 0
  let [lines, records] = [0, 0]
  let isComment = false
  // A line of names may start with the mark of a comment.
  let isFilled = names !== undefined
  const codeAt = makeCodeReader(window, encoding)

  for (let at = 0; at + unit <= window.length; at += unit) {
    const code = codeAt(at)
    if (code !== LF && code !== CR) {
      if (isComment || code === NUL || at < start) continue
      if (isCsv && code === QUOTE) found.isQuoted = !found.isQuoted
      else if (isCsv && !isFilled) isComment = code === HASH
      isFilled = true
      continue
    }
    const next = at + unit
    // A line feed may follow that the window does not have.
    if (code === CR && next >= window.length && !isEnd) break
    if (code === CR && next < window.length && codeAt(next) === LF) continue
    lines += 1
    if (found.isQuoted || (code === CR && !isCsv)) continue
    if (next <= start) continue
    if (isFilled && !isComment) records += 1
    found.ends.push(next)
    found.lines.push(lines)
    found.records.push(records)
    if (records > maxRecords) return { ...found, isWhole: next === window.length }
    isComment = false
    isFilled = false
  }
  return found
}

/** The offset of a line, from 1. Every kind of line end divides lines, also inside quotes. */
export function lineOffset(bytes: Uint8Array, encoding: Encoding, line: number): number {
  const codeAt = makeCodeReader(bytes, encoding)
  let current = 1
  for (let at = 0; current < line && at < bytes.length; at += encoding.unit) {
    const code = codeAt(at)
    const next = at + encoding.unit
    if (code !== LF && (code !== CR || (next < bytes.length && codeAt(next) === LF))) continue
    current += 1
    if (current === line) return next
  }
  return 0
}

/** Makes the function that returns the code of a character of ASCII at an offset; -1 for other characters of UTF-16. */
function makeCodeReader(bytes: Uint8Array, { unit, low }: Encoding): (at: number) => number {
  if (unit === 1) return (at) => bytes[at] ?? NUL
  return (at) => (bytes[at + 1 - low] === 0 ? (bytes[at + low] ?? NUL) : -1)
}
