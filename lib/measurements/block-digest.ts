import { createHash } from 'node:crypto'
import type { Cell } from './cells.ts'
import { compareText } from './compare.ts'

/** Shorter columns are hashed as JSON, which costs little there. */
const MIN_DOUBLES = 100

interface Content {
  columns: ReadonlyMap<string, readonly Cell[]>
  rows: number
  /** What distinguishes blocks with equal rows. */
  origin: readonly (string | number)[]
}

/**
 * Digest of a block's content, regardless of the order of its columns: 22 characters of a SHA-256 in base64url. It hashes JSON.
 * With `asDoubles`, a long column of numbers has only its length there, and its little-endian doubles follow. That takes
 * a tenth of the time.
 */
export function digestContent({ columns, rows, origin }: Content, asDoubles: boolean): string {
  const doubles: Float64Array[] = []
  const sorted = [...columns].sort(([a], [b]) => compareText(a, b))
  const listed = sorted.map(([name, cells]) => {
    const numbers = asDoubles && cells.length >= MIN_DOUBLES ? toDoubles(cells) : null
    if (!numbers) return [name, cells]
    doubles.push(numbers)
    return [name, numbers.length]
  })
  const hash = createHash('sha256').update(JSON.stringify([rows, listed, origin]))
  for (const column of doubles) hash.update(column)
  return hash.digest('base64url').slice(0, 22)
}

/** The numbers of a column; null if it has other cells. Indices are several times as fast as iterators here. */
function toDoubles(cells: readonly Cell[]): Float64Array | null {
  const doubles = new Float64Array(cells.length)
  for (let row = 0; row < cells.length; row += 1) {
    const cell = cells[row]
    if (typeof cell !== 'number') return null
    doubles[row] = cell
  }
  return doubles
}
