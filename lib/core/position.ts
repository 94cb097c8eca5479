import { type Cell, isNumberText } from '../measurements/cells.ts'

/** Where something was measured: degrees (WGS 84) and metres above sea level. */
export interface Position {
  lat: number
  lon: number
  height?: number | undefined
}

/** A cell as a number, texts that read as one among them; null when it is none. */
export function cellToNumber(cell: Cell | undefined): number | null {
  const value = typeof cell === 'string' && isNumberText(cell) ? Number(cell) : cell
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

const within = (value: number | null, bound: number): value is number => value !== null && Math.abs(value) <= bound
const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals))

/** The position that `lat`, `lon` and `height` make, rounded as openSenseMap rounds it; null when they make none. */
export function toPosition(lat: Cell | undefined, lon: Cell | undefined, height?: Cell | undefined): Position | null {
  const [north, east, above] = [cellToNumber(lat), cellToNumber(lon), cellToNumber(height)]
  if (!within(north, 90) || !within(east, 180)) return null
  // Receivers without a fix say so; nobody measures at that point of the sea.
  if (north === 0 && east === 0) return null
  // Higher than any mountain and deeper than any mine is a mistake, and no reason to lose the rest.
  const known = within(above, 20_000) ? { height: rounded(above, 4) } : {}
  return { lat: rounded(north, 7), lon: rounded(east, 7), ...known }
}

type Columns = ReadonlyMap<string, readonly Cell[]>

/** Where a row of a block was measured. */
export const positionAt = (columns: Columns, row: number): Position | null =>
  toPosition(columns.get('lat')?.[row], columns.get('lon')?.[row], columns.get('height')?.[row])

/** The first position that a row of a block has; null when none has one. */
export function firstPosition(columns: Columns): Position | null {
  const rows = columns.get('lat')?.length ?? 0
  for (let row = 0; row < rows; row += 1) {
    const position = positionAt(columns, row)
    if (position) return position
  }
  return null
}

/** Whether a step is too long to be true: more than so many degrees north or east, the short way around. */
export function isJump(from: Position, to: Position, degrees: number): boolean {
  const east = Math.abs(to.lon - from.lon)
  return Math.abs(to.lat - from.lat) > degrees || Math.min(east, 360 - east) > degrees
}

/** As openSenseMap writes it: longitude first (GeoJSON, RFC 7946 section 3.1.1). */
export const coordinates = ({ lat, lon, height }: Position): number[] => [
  lon,
  lat,
  ...(height === undefined ? [] : [height]),
]
