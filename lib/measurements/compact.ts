import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Cell } from './cells.ts'

/** First byte of a column that is JSON; of one of numbers it tells how many decimals they have. */
const JSON_TEXT = 255
const MOST_DECIMALS = 9
/** Up to here, the difference of two integers and its double are exact too. */
const LARGEST = 2 ** 50

/**
 * A column in few bytes: numbers as their differences, in units of their last decimal, each in as many groups of seven
 * bits as it needs, the sign in the lowest bit; all else, and numbers that are no short decimals, as JSON; both deflated
 * (RFC 1951). docs/blocks.md shows ten lines that read it.
 */
export function pack(cells: readonly Cell[]): Uint8Array {
  const decimals = decimalsOf(cells)
  const body = decimals === null ? Buffer.from(JSON.stringify(cells)) : differences(cells, 10 ** decimals)
  return Buffer.concat([Buffer.of(decimals ?? JSON_TEXT), deflateRawSync(body)])
}

/** How many decimals all of them need; null when they are not all numbers of that kind. */
function decimalsOf(cells: readonly Cell[]): number | null {
  let decimals = 0
  let unit = 1
  for (const cell of cells) {
    if (typeof cell !== 'number') return null
    while (Math.round(cell * unit) / unit !== cell) {
      decimals += 1
      if (decimals > MOST_DECIMALS) return null
      unit = 10 ** decimals
    }
  }
  return cells.every((cell) => Math.abs(Number(cell) * unit) <= LARGEST) ? decimals : null
}

/** Bytes that the longest difference takes. */
const LONGEST = 8

function differences(cells: readonly Cell[], unit: number): Uint8Array {
  const bytes = new Uint8Array(cells.length * LONGEST)
  let end = 0
  let last = 0
  for (const cell of cells) {
    const value = Math.round(Number(cell) * unit)
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
  return bytes.subarray(0, end)
}

/** The cells of a column; `pack` backwards. */
export function unpack(packed: Uint8Array): Cell[] {
  const [decimals = JSON_TEXT] = packed
  const body = inflateRawSync(packed.subarray(1))
  // What we have written ourselves is cells.
  if (decimals === JSON_TEXT) return JSON.parse(body.toString())
  const unit = 10 ** decimals
  const cells: Cell[] = []
  let value = 0
  let difference = 0
  let place = 1
  for (const byte of body) {
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
