import type { SeriesData } from './load.ts'
import { numberIn, type Row } from './rows.ts'

/** Names of the columns of a latitude and a longitude. */
const NAMES = [
  ['lat', 'lon'],
  ['lat', 'lng'],
  ['latitude', 'longitude'],
] as const

/** The columns of positions of a series; null if it has none. */
export function positionColumns(columns: readonly string[]): readonly [string, string] | null {
  return NAMES.find((names) => names.every((name) => columns.includes(name))) ?? null
}

export interface Position {
  time: number
  latitude: number
  longitude: number
  /** The value that the colour shows; null for none. */
  value: number | null
}

/** The positions of a series in the order of their times, with the values of a column. */
export function positionsOf({ series, windows, detail, recent }: SeriesData, column: string): Position[] {
  const names = positionColumns(series.columns)
  if (!names) return []
  const read = ({ rows, width }: { rows: readonly Row[]; width: number }) =>
    rows.flatMap(({ time, cells }) => {
      const [latitude, longitude] = names.map((name) => numberIn(width === 0 ? cells[name] : cells[`${name}_last`]))
      if (latitude == null || longitude == null || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return []
      return [{ time, latitude, longitude, value: numberIn(width === 0 ? cells[column] : cells[`${column}_mean`]) }]
    })
  return [...read(detail ?? windows), ...read({ rows: recent, width: 0 })]
}

/** A picture of positions: places in a box of 0 to `width` and 0 to `height`, with north on top. */
export interface Projection {
  width: number
  height: number
  place(position: Pick<Position, 'latitude' | 'longitude'>): [x: number, y: number]
  /** Lines of the grid. */
  latitudes: number[]
  longitudes: number[]
  /** Degrees between two lines. */
  step: number
  /** Metres of one unit of the picture. */
  metres: number
}

const METRES_PER_DEGREE = 111_320
/** The smallest extent in degrees, about 200 m: a box that does not move is a point in a grid. */
const MIN_DEGREES = 0.002
const STEPS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 45]
const MAX_LINES = 6

/** Projects positions onto a picture of a size, so that distances are alike in both directions. */
export function project(positions: readonly Position[], width: number, height: number): Projection {
  const limits = (values: number[]) => [
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
  ]
  const [south = 0, north = 0] = limits(positions.map(({ latitude }) => latitude))
  const [west = 0, east = 0] = limits(positions.map(({ longitude }) => longitude))
  const middle = { latitude: (south + north) / 2, longitude: (west + east) / 2 }
  // A degree of longitude is shorter, the farther it is from the equator.
  const shrink = Math.max(Math.cos((middle.latitude * Math.PI) / 180), 0.01)
  const heightDegrees = Math.max((north - south) * 1.2, MIN_DEGREES)
  const widthDegrees = Math.max((east - west) * shrink * 1.2, MIN_DEGREES)
  const scale = Math.min(width / widthDegrees, height / heightDegrees)
  const [spanX, spanY] = [width / scale / shrink, height / scale]
  const step = STEPS.find((degrees) => Math.max(spanX, spanY) / degrees <= MAX_LINES) ?? 45
  const lines = (from: number, span: number) => {
    const first = Math.ceil(from / step)
    return Array.from({ length: Math.floor((from + span) / step) - first + 1 }, (_, index) => (first + index) * step)
  }
  return {
    ...{ width, height, step, metres: METRES_PER_DEGREE / scale },
    place: ({ latitude, longitude }) => [
      width / 2 + (longitude - middle.longitude) * shrink * scale,
      height / 2 - (latitude - middle.latitude) * scale,
    ],
    latitudes: lines(middle.latitude - spanY / 2, spanY),
    longitudes: lines(middle.longitude - spanX / 2, spanX),
  }
}

/** The longest round length in metres that is at most a fourth of the picture. */
export function scaleLength({ width, metres }: Projection): number {
  const longest = (width * metres) / 4
  const power = 10 ** Math.floor(Math.log10(longest))
  return ([5, 2, 1].find((factor) => factor * power <= longest) ?? 1) * power
}
