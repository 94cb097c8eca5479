import { LIMITS } from '../limits.ts'
import { placedProblem } from '../placed-problem.ts'
import type { Encoding } from './encoding.ts'
import type { ReadBytes } from './large-upload.ts'
import { type ScannedLines, scanLines } from './scan-lines.ts'

/**
 * Bytes of a part. A line may have as many.
 * @limit Uploads | bytes of a part of a large file, and of a line
 */
export const PART_BYTES = 4_000_000
/** The parser looks at the names, a line of units and the first rows together. */
const FIRST_RECORDS = 10
/** Bytes after a part that are read with it: the line after a cut must be known. */
const AHEAD_BYTES = 65_536
const [LF, CR] = [0x0a, 0x0d]

/** Whole lines of a file that are parsed together. */
export interface Part {
  bytes: Uint8Array
  /** Offsets in the file. */
  start: number
  end: number
  /** Line ends before the part, and in it. */
  linesBefore: number
  lines: number
  /** Whether it can be cut into smaller parts. */
  isDivisible: boolean
  /** The last line of the part, if it is longer than a part may be: only its start is in the part. */
  longLine?: LongLine
}

export interface LongLine {
  /** Number of the line in the part, and offset of its first byte. */
  line: number
  byte: number
  /** Whether line ends may be hidden by quotes. */
  isQuoted: boolean
}

/** A file of lines. */
export interface LineFile {
  size: number
  read: ReadBytes
  encoding: Encoding
  isCsv: boolean
  /** Offset of the line of the names of CSV. */
  names: number | undefined
}

export interface Position {
  start: number
  linesBefore: number
  /** Bytes that a part may have, if its first line is not longer. */
  maxBytes: number
}

/**
 * Cuts the part of a file that starts at a position. It has at most as many lines as an upload may have rows. It does not
 * end between two equal lines, unless all its lines are equal.
 */
export async function cutPart(file: LineFile, { start, linesBefore, maxBytes }: Position): Promise<Part> {
  const left = file.size - start
  // The last part must not be small: a few rows show little about the columns.
  const bytes = left > maxBytes && left < 2 * maxBytes ? Math.ceil(left / 2) : maxBytes
  const readWindow = async (ahead: number) => openWindow(file, start, Math.min(start + bytes + ahead, file.size))
  let window = await readWindow(AHEAD_BYTES)
  let chosen = chooseEnd(window, bytes)
  if (!chosen) {
    window = await readWindow(PART_BYTES)
    chosen = chooseEnd(window, bytes) ?? chooseEnd({ ...window, minRecords: 0 }, bytes)
  }
  const { end, lines, isDivisible } = chosen ?? { end: window.bytes.length, lines: 0, isDivisible: false }
  const part: Part = { bytes: window.bytes.subarray(0, end), start, end: start + end, linesBefore, lines, isDivisible }
  if (chosen) return part
  const longLine = { line: (window.lines.at(-1) ?? 0) + 1, byte: window.ends.at(-1) ?? 0, isQuoted: window.isQuoted }
  return { ...part, bytes: withoutHalfCharacter(window.bytes, file.encoding), longLine }
}

interface Window extends ScannedLines {
  bytes: Uint8Array
  /** Whether the file ends with it. */
  isEnd: boolean
  /** Records that its first part has at least. */
  minRecords: number
}

async function openWindow(
  { read, size, encoding, isCsv, names }: LineFile,
  start: number,
  end: number,
): Promise<Window> {
  const bytes = await read(start, end)
  if (bytes.length !== end - start) throw new Error(`read ${bytes.length} bytes instead of ${end - start}`)
  const isFirst = start === 0 && isCsv
  const options = { encoding, isCsv, names: isFirst ? names : undefined, maxRecords: LIMITS.rows }
  const scanned = scanLines(bytes, { ...options, isEnd: end === size })
  const { ends, lines, records } = scanned
  const isEnd = end === size && scanned.isWhole
  // The last line of a file may have no line end.
  if (isEnd && ends.at(-1) !== bytes.length) {
    ends.push(bytes.length)
    lines.push(lines.at(-1) ?? 0)
    records.push((records.at(-1) ?? 0) + 1)
  }
  return { ...scanned, bytes, isEnd, minRecords: isFirst ? FIRST_RECORDS : 0 }
}

/** The line end to cut at; undefined if the window is too short. */
function chooseEnd({ bytes, ends, lines, records, isEnd, minRecords }: Window, maxBytes: number) {
  // The line after a cut must be complete, or there is none.
  const last = isEnd ? ends.length - 1 : ends.length - 2
  const least = records.findIndex((count) => count >= minRecords)
  const first = least < 0 && isEnd ? last : least
  if (first < 0 || first > last) return undefined
  let most = first
  while (most < last && (ends[most + 1] ?? 0) <= maxBytes && (records[most + 1] ?? 0) <= LIMITS.rows) most += 1
  let best = most
  while (best > first && best < ends.length - 1 && isRepeated(bytes, ends, best)) best -= 1
  const index = best < ends.length - 1 && isRepeated(bytes, ends, best) ? most : best
  return { end: ends[index] ?? 0, lines: lines[index] ?? 0, isDivisible: most > first }
}

/** Whether the lines before and after a line end are equal. A part may have millions of lines. */
function isRepeated(bytes: Uint8Array, ends: readonly number[], index: number): boolean {
  const start = ends[index - 1] ?? 0
  const middle = ends[index] ?? 0
  const length = contentEnd(bytes, start, middle) - start
  if (contentEnd(bytes, middle, ends[index + 1] ?? 0) - middle !== length) return false
  for (let at = 0; at < length; at += 1) if (bytes[start + at] !== bytes[middle + at]) return false
  return true
}

/** The end of a line without its line end. */
function contentEnd(bytes: Uint8Array, start: number, end: number): number {
  let last = end
  while (last > start && isOfLineEnd(bytes[last - 1])) last -= 1
  return last
}

const isOfLineEnd = (byte: number | undefined): boolean => byte === LF || byte === CR || byte === 0

/** Bytes up to the last character of ASCII. */
function withoutHalfCharacter(bytes: Uint8Array, { unit, low }: Encoding): Uint8Array {
  if (unit === 1) return bytes.subarray(0, bytes.findLastIndex((byte) => byte < 0x80) + 1)
  let end = bytes.length - (bytes.length % 2)
  while (end > 0 && bytes[end - 1 - low] !== 0) end -= 2
  return bytes.subarray(0, end)
}

export const lineTooLong = ({ line, byte }: LongLine) =>
  placedProblem(
    'limit_exceeded',
    { line, byte },
    (place) =>
      `Line ${place.line} (from byte ${place.byte} on) is longer than ${PART_BYTES} bytes. If the file has no line ends, add them.`,
    { detail: `longer than ${PART_BYTES} bytes` },
  )
