import { byId, createElement } from '../parts/dom.ts'
import { formatNumber, formatTime, withUnit, type Zone, zoneName } from '../parts/format.ts'
import { createSvg } from './legend.ts'
import { type Position, type Projection, positionsOf, project, scaleLength } from './positions.ts'
import { colourOf } from './strokes.ts'
import type { ColumnData } from './traces.ts'

/** A map of the positions in rows. It has a grid of degrees and loads no pictures from elsewhere. */

const host = byId('map', HTMLElement)

/** Sizes of the map in pixels. */
const MAX_WIDTH = 900
const MIN_WIDTH = 280
const MAX_HEIGHT = 360
/** More points would cover each other. */
const MAX_POINTS = 1_000
/** Colours from low to high values, as CSS variables. */
const HEAT = ['--heat-1', '--heat-2', '--heat-3', '--heat-4', '--heat-5']

function mapSize() {
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, host.clientWidth))
  return { width, height: Math.min(MAX_HEIGHT, width * 0.75) }
}

/** Heading and key of the map in pixels. */
const MAP_TEXTS = 68

/** About the height of the map with its texts, in pixels. */
export const mapHeight = (): number => mapSize().height + MAP_TEXTS

/** Shows the tracks of all series that have positions, coloured by the first column; nothing without positions. */
export function showMap(columns: readonly ColumnData[], zone: Zone): void {
  const [first] = columns
  const all = [...new Set(columns.map(({ data }) => data))]
  const tracks = all.map((data) => thin(positionsOf(data, first?.column ?? '')))
  const positions = tracks.flat()
  host.replaceChildren()
  if (!first || positions.length === 0) return
  const { width, height } = mapSize()
  const projection = project(positions, width, height)
  const values = positions.flatMap(({ value }) => value ?? [])
  const low = values.reduce((a, b) => Math.min(a, b), Infinity)
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity)
  const paint = (value: number | null) =>
    value === null
      ? '--muted'
      : (HEAT[Math.min(HEAT.length - 1, Math.floor(((value - low) / (high - low || 1)) * HEAT.length))] ?? '--muted')
  const lines = tracks.map((track, index) => {
    const points = track
      .map((position) =>
        projection
          .place(position)
          .map((part) => part.toFixed(1))
          .join(','),
      )
      .join(' ')
    const line = createSvg('polyline', { points, class: 'track' })
    line.style.stroke = `var(${all.length > 1 ? colourOf(index) : '--muted'})`
    return line
  })
  const points = positions.map((position) => {
    const [cx, cy] = projection.place(position)
    const text = `${formatTime(position.time, zone)} ${zoneName(zone)}${position.value === null ? '' : `: ${withUnit(formatNumber(position.value), first.unit)}`}`
    const point = createSvg('circle', { cx, cy, r: 5 }, createSvg('title', {}, document.createTextNode(text)))
    point.style.fill = `var(${paint(position.value)})`
    return point
  })
  const label = `Map of ${positions.length === 1 ? 'one position' : `${positions.length} positions`}`
  const svg = createSvg(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, class: 'map', role: 'img', 'aria-label': label },
    ...gridOf(projection),
    ...lines,
    ...points,
    scaleOf(projection),
  )
  host.append(createElement('h2', {}, 'Map'), svg)
  if (values.length > 0) host.append(keyOf(first, low, high))
}

/** Every nth position, with the last one. */
function thin(positions: readonly Position[]): Position[] {
  const every = Math.ceil(positions.length / MAX_POINTS)
  return positions.filter((_, index) => index % every === 0 || index === positions.length - 1)
}

function gridOf({ place, latitudes, longitudes, step, width, height }: Projection): SVGElement[] {
  const digits = Math.max(0, Math.ceil(-Math.log10(step)))
  const text = (degrees: number, x: number, y: number) =>
    createSvg('text', { x, y }, document.createTextNode(`${degrees.toFixed(digits)}°`))
  return [
    ...latitudes.flatMap((latitude) => {
      const [, y] = place({ latitude, longitude: 0 })
      return [createSvg('line', { x1: 0, x2: width, y1: y, y2: y }), text(latitude, 4, y - 4)]
    }),
    ...longitudes.flatMap((longitude) => {
      const [x] = place({ latitude: 0, longitude })
      return [createSvg('line', { x1: x, x2: x, y1: 0, y2: height }), text(longitude, x + 4, 14)]
    }),
  ]
}

/** A bar of a round length. */
function scaleOf(projection: Projection): SVGElement {
  const metres = scaleLength(projection)
  const [length, end, y] = [metres / projection.metres, projection.width - 12, projection.height - 12]
  const text = metres >= 1_000 ? `${metres / 1_000} km` : `${metres} m`
  return createSvg(
    'g',
    { class: 'scale' },
    createSvg('line', { x1: end - length, x2: end, y1: y, y2: y }),
    createSvg('text', { x: end, y: y - 6, 'text-anchor': 'end' }, document.createTextNode(text)),
  )
}

/** What the colours mean. */
function keyOf({ column, unit }: ColumnData, low: number, high: number): HTMLElement {
  const colours = HEAT.map((variable) => {
    const box = createElement('span', { className: 'heat' })
    box.style.background = `var(${variable})`
    return box
  })
  return createElement(
    'p',
    { className: 'hint key' },
    `${column}: ${formatNumber(low)} `,
    ...colours,
    ` ${withUnit(formatNumber(high), unit)}`,
  )
}
