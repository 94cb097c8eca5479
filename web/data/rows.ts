import '../parts/no-eval.ts'
import * as z from 'zod/mini'

/** A row of a download with `times=unix`, or a window of rows. */
export interface Row {
  /** UNIX milliseconds: when the row was measured, or the start of the window. */
  time: number
  cells: Readonly<Record<string, unknown>>
}

/** A range of times, in UNIX milliseconds; both ends belong to it. */
export interface Extent {
  from: number
  to: number
}

const line = z.record(z.string(), z.unknown())

/** The name of the first member in the text of an object: parsed objects have members such as `"1"` first. */
const FIRST_NAME = /^\{("(?:[^"\\]|\\.)*"):/

/** The rows of a page of NDJSON. Their first column is the time in UNIX seconds, whatever its name is. */
export const readRows = (ndjson: string): Row[] =>
  ndjson
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => {
      const cells = line.parse(JSON.parse(text))
      const name = z.string().parse(JSON.parse(FIRST_NAME.exec(text)?.[1] ?? 'null'))
      // Seconds with six decimals are not exact as a double.
      return { time: Math.round(z.number().parse(cells[name]) * 1e6) / 1e3, cells }
    })

/** A cell as a number: numeric texts become numbers, booleans 0 and 1; null for others. */
export function numberIn(cell: unknown): number | null {
  if (typeof cell === 'number') return cell
  if (typeof cell === 'boolean') return Number(cell)
  const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : Number.NaN
  return Number.isFinite(value) ? value : null
}
