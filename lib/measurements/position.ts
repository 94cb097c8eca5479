import { isInRange, type Position } from '../core/position.ts'
import { type Cell, type Cells, isNumberText } from './cells.ts'

type Columns = Pick<ReadonlyMap<string, Cells>, 'get'>

/** Metres. A greater distance from sea level is a receiver error. */
const MAX_HEIGHT = 20_000

/** The number in a cell, also in a text; null without a finite number. */
export function cellToNumber(cell: Cell | undefined): number | null {
  const value = typeof cell === 'string' && isNumberText(cell) ? Number(cell) : cell
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

const roundTo = (value: number, decimals: number): number => Number(value.toFixed(decimals))

/**
 * The position in three cells, rounded as openSenseMap rounds it: degrees to 7 decimals, metres to 4. Returns null
 * without a valid latitude and longitude; leaves out an invalid height.
 */
export function toPosition(lat: Cell | undefined, lon: Cell | undefined, height?: Cell | undefined): Position | null {
  const [latitude, longitude, metres] = [cellToNumber(lat), cellToNumber(lon), cellToNumber(height)]
  if (latitude === null || longitude === null || !isInRange(latitude, longitude)) return null
  // Receivers without a fix report 0, 0.
  if (latitude === 0 && longitude === 0) return null
  const isValidHeight = metres !== null && Math.abs(metres) <= MAX_HEIGHT
  return {
    lat: roundTo(latitude, 7),
    lon: roundTo(longitude, 7),
    ...(isValidHeight && { height: roundTo(metres, 4) }),
  }
}

/** The position in a row of a block, from its columns `lat`, `lon` and `height`; null without one. */
export const positionAt = (columns: Columns, row: number): Position | null =>
  toPosition(columns.get('lat')?.[row], columns.get('lon')?.[row], columns.get('height')?.[row])

/** The first position in the rows of a block; null without one. */
export function firstPosition(columns: Columns): Position | null {
  const rows = columns.get('lat')?.length ?? 0
  for (let row = 0; row < rows; row += 1) {
    const position = positionAt(columns, row)
    if (position) return position
  }
  return null
}
