import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Cell, Cells } from './cells.ts'

/** First byte of a column. For short decimals it is their number of decimals. */
const JSON_TEXT = 255
const DOUBLES = 254
const MAX_DECIMALS = 9
/** Up to here, the difference of two integers and twice that are exact too, and need at most eight bytes. */
const MAX_INTEGER = 2 ** 50
const MAX_DIFFERENCE_BYTES = 8

/**
 * Encodes a column in few bytes, deflated (RFC 1951). Short decimals become differences in units of the last decimal.
 * Each difference is a variable number of 7-bit groups, with the sign in the lowest bit. Other numbers become
 * little-endian doubles, everything else JSON. docs/reference/storage.md has readers for this encoding.
 */
export function packColumn(cells: readonly Cell[]): Uint8Array {
  const bytes = new Uint8Array(cells.length * MAX_DIFFERENCE_BYTES)
  // Most columns reach their number of decimals within a few cells, so that little is written twice.
  for (let decimals: number | null = 0; decimals !== null; ) {
    const result = writeDifferences(cells, decimals, bytes)
    if (result.isComplete) return deflateColumn(decimals, bytes.subarray(0, result.end))
    decimals = countDecimals(cells[result.end] ?? null, decimals + 1)
  }
  return cells.every((cell) => typeof cell === 'number')
    ? deflateColumn(DOUBLES, new Uint8Array(Float64Array.from(cells).buffer))
    : deflateColumn(JSON_TEXT, Buffer.from(JSON.stringify(cells)))
}

const deflateColumn = (encoding: number, body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.of(encoding), deflateRawSync(body)])

/** Number of decimals that a cell needs, from `min` on; null if it needs too many or is not a number. */
function countDecimals(cell: Cell, min: number): number | null {
  if (typeof cell !== 'number') return null
  for (let decimals = min; decimals <= MAX_DECIMALS; decimals += 1) {
    const unit = 10 ** decimals
    if (Math.round(cell * unit) / unit === cell) return decimals
  }
  return null
}

/** Returns the end of the written bytes, or the index of the first cell with more decimals or without a number. */
function writeDifferences(
  cells: readonly Cell[],
  decimals: number,
  bytes: Uint8Array,
): { isComplete: boolean; end: number } {
  const unit = 10 ** decimals
  let end = 0
  let previous = 0
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index]
    if (typeof cell !== 'number') return { isComplete: false, end: index }
    const value = Math.round(cell * unit)
    if (value / unit !== cell || value > MAX_INTEGER || value < -MAX_INTEGER) return { isComplete: false, end: index }
    const difference = value - previous
    previous = value
    let rest = difference < 0 ? -2 * difference - 1 : 2 * difference
    while (rest > 127) {
      bytes[end] = (rest % 128) + 128
      end += 1
      rest = Math.floor(rest / 128)
    }
    bytes[end] = rest
    end += 1
  }
  return { isComplete: true, end }
}

/** Enough for most columns. The default is four times as large, and so the garbage collector runs more often. */
const INFLATED = { chunkSize: 4_000 }

/** The cells of a packed column; the inverse of `packColumn`. */
export function unpackColumn(packed: Uint8Array): Cells {
  const [decimals = JSON_TEXT] = packed
  const body = inflateRawSync(packed.subarray(1), INFLATED)
  // `packColumn` wrote it, so it contains cells.
  if (decimals === JSON_TEXT) return JSON.parse(body.toString())
  // Copied, since doubles must start at a multiple of eight.
  if (decimals === DOUBLES) return new Float64Array(Uint8Array.from(body).buffer)
  return readDifferences(body, 10 ** decimals)
}

/** The inverse of `writeDifferences`. */
function readDifferences(bytes: Uint8Array, unit: number): Float64Array {
  const cells = new Float64Array(bytes.length)
  let count = 0
  let value = 0
  for (let index = 0; index < bytes.length; ) {
    // Most differences have one byte. Their sum is a 32-bit integer, which is faster than a double.
    let sum = 0
    for (; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0
      if (byte > 127) break
      sum = (sum + ((byte >> 1) ^ -(byte & 1))) | 0
      cells[count] = (value + sum) / unit
      count += 1
    }
    value += sum
    if (index === bytes.length) break
    let difference = 0
    for (let place = 1; ; place *= 128) {
      const group = bytes[index] ?? 0
      index += 1
      difference += (group % 128) * place
      if (group < 128) break
    }
    value += difference % 2 === 1 ? -(difference + 1) / 2 : difference / 2
    cells[count] = value / unit
    count += 1
  }
  // Differences of several bytes leave room, which blocks that are compared would keep in memory.
  return 2 * count < cells.length ? cells.slice(0, count) : cells.subarray(0, count)
}
