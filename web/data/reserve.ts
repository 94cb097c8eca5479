import { byId } from '../parts/dom.ts'
import type { SeriesSummary } from '../parts/series.ts'
import type { View } from './address.ts'
import { figuresHeight, summaryHeight } from './heights.ts'
import { mapHeight } from './map.ts'
import { positionColumns } from './positions.ts'
import { summary } from './tables.ts'
import { type ColumnData, columnLabel, isText, panelsOf } from './traces.ts'
import { unitOf, unitsOf } from './units.ts'

/** Reserves the height of plots, map and summary before their rows arrive, so that nothing below them moves then. */

const canvases = byId('canvases', HTMLElement)
const map = byId('map', HTMLElement)

/** Whether columns have texts, by their names. */
const texts = new Map<string, boolean>()
/** What is shown, and what the heights are fixed for; null if they are not. */
let shownKey = ''
let reservedKey: string | null = null
let current = {}

/** Remembers which columns have texts: their plots are lower. */
export function rememberKinds(columns: readonly ColumnData[]): void {
  for (const each of columns) if (each.samples.length > 0) texts.set(each.column, isText(each))
}

/** What a load does at its end with the height that it has reserved. */
export interface Reservation {
  /** Leaves the height to the plots, which do not become lower than it. */
  settle(): void
  /** After a failure, the height is that of the former plots. */
  cancel(): void
}

/** Reserves the heights for columns of series, unless the same ones are shown. */
export function reserve(series: readonly SeriesSummary[], columns: readonly string[], view: View): Reservation {
  const { together, right, units } = view
  const names = series.map(({ source, participant_id }) => [source, participant_id])
  const key = JSON.stringify([names, columns, together, right, units])
  const heights = estimate(series, columns, view)
  const own = {}
  current = own
  if (key !== (reservedKey ?? shownKey)) {
    fixHeight(canvases, heights.plots)
    fixHeight(map, heights.map)
    fixHeight(summary, heights.summary)
    reservedKey = key
  }
  return {
    settle() {
      if (current !== own) return
      shownKey = key
      if (reservedKey === null) return
      release()
      if (canvases.childElementCount > 0) canvases.style.minHeight = `max(26rem, ${heights.plots}px)`
    },
    cancel() {
      if (current === own) release()
    },
  }
}

/** Former plots that are higher are cut. */
function fixHeight({ style }: HTMLElement, height: number): void {
  Object.assign(style, { height: `${height}px`, minHeight: '0', overflow: 'clip' })
}

/** Leaves the heights to what is shown. */
export function release(): void {
  for (const { style } of [canvases, map, summary]) Object.assign(style, { height: '', minHeight: '', overflow: '' })
  reservedKey = null
}

/** About the heights in pixels. A column of which nothing is known has texts if it has no unit. */
function estimate(series: readonly SeriesSummary[], columns: readonly string[], view: View) {
  const units = unitsOf(series, view.units)
  const hasTexts = (column: string): boolean => texts.get(column) ?? unitOf(column, units) === ''
  const labels = (members: readonly string[]) =>
    members.flatMap((column) =>
      series.filter((each) => each.columns.includes(column)).map((each) => columnLabel(each, column, series.length)),
    )
  const numeric = columns.filter((column) => !hasTexts(column))
  const panels = panelsOf(numeric, view, units).panels.map((panel) =>
    labels([...panel.columns, ...(panel.right?.columns ?? [])]),
  )
  const isShown = ({ columns: all }: SeriesSummary): boolean => columns.some((column) => all.includes(column))
  const hasMap = series.some((each) => isShown(each) && positionColumns(each.columns) !== null)
  return {
    plots: figuresHeight(panels, labels(columns.filter(hasTexts)), canvases.clientWidth),
    map: hasMap ? mapHeight() : 0,
    summary: summaryHeight(labels(numeric).length),
  }
}
