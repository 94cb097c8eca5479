import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Cell } from './cells.ts'

/** First byte of a column; of short decimals it is how many decimals they have. */
const JSON_TEXT = 255
const DOUBLES = 254
const MOST_DECIMALS = 9
/** Up to here, the difference of two integers and its double are exact too, and take eight bytes at most. */
const LARGEST = 2 ** 50
const LONGEST = 8

/**
 * A column in few bytes: short decimals as their differences, in units of the last decimal, each in as many groups of
 * seven bits as it needs, the sign in the lowest bit; other numbers as doubles, the lowest byte first; all else as JSON;
 * deflated (RFC 1951). docs/reference/storage.md has readers for it.
 */
export function packColumn(cells: readonly Cell[]): Uint8Array {
  const bytes = new Uint8Array(cells.length * LONGEST)
  // Most columns show how many decimals they have within a few cells, so that little is written twice.
  for (let decimals: number | null = 0; decimals !== null; ) {
    const done = writeDifferences(cells, decimals, bytes)
    if (done.isWhole) return deflated(decimals, bytes.subarray(0, done.end))
    decimals = decimalsOf(cells[done.end] ?? null, decimals + 1)
  }
  return cells.every((cell) => typeof cell === 'number')
    ? deflated(DOUBLES, new Uint8Array(Float64Array.from(cells).buffer))
    : deflated(JSON_TEXT, Buffer.from(JSON.stringify(cells)))
}

const deflated = (kind: number, body: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(kind), deflateRawSync(body)])

/** How many decimals a cell needs, `least` or more; null when it is no number of that kind. */
function decimalsOf(cell: Cell, least: number): number | null {
  if (typeof cell !== 'number') return null
  for (let decimals = least; decimals <= MOST_DECIMALS; decimals += 1) {
    const unit = 10 ** decimals
    if (Math.round(cell * unit) / unit === cell) return decimals
  }
  return null
}

/** Gives the end of what was written; or, where a cell has more decimals or is no number, the index of that cell. */
function writeDifferences(
  cells: readonly Cell[],
  decimals: number,
  bytes: Uint8Array,
): { isWhole: boolean; end: number } {
  const unit = 10 ** decimals
  let end = 0
  let last = 0
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index]
    if (typeof cell !== 'number') return { isWhole: false, end: index }
    const value = Math.round(cell * unit)
    if (value / unit !== cell || value > LARGEST || value < -LARGEST) return { isWhole: false, end: index }
    const difference = value - last
    last = value
    let left = difference < 0 ? -2 * difference - 1 : 2 * difference
    while (left > 127) {
      bytes[end] = (left % 128) + 128
      end += 1
      left = Math.floor(left / 128)
    }
    bytes[end] = left
    end += 1
  }
  return { isWhole: true, end }
}

/** The cells of a column; `packColumn` backwards. */
export function unpackColumn(packed: Uint8Array): Cell[] {
  const [decimals = JSON_TEXT] = packed
  const body = inflateRawSync(packed.subarray(1))
  // What we have written ourselves is cells.
  if (decimals === JSON_TEXT) return JSON.parse(body.toString())
  // Copied, since doubles must begin at a multiple of eight.
  if (decimals === DOUBLES) return [...new Float64Array(Uint8Array.from(body).buffer)]
  const unit = 10 ** decimals
  const cells: Cell[] = []
  let value = 0
  let difference = 0
  let place = 1
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index] ?? 0
    difference += (byte % 128) * place
    place *= 128
    if (byte > 127) continue
    value += difference % 2 === 1 ? -(difference + 1) / 2 : difference / 2
    cells.push(value / unit)
    difference = 0
    place = 1
  }
  return cells
}
