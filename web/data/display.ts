import { byId, createElement } from '../parts/dom.ts'
import { formatTime, zoneName } from '../parts/format.ts'
import type { View } from './address.ts'
import { showCards } from './cards.ts'
import type { SeriesData } from './load.ts'
import { showMap } from './map.ts'
import { marksOf } from './marks.ts'
import { offerUnits } from './own-units.ts'
import { type Drawing, drawPlots, type Plots } from './plot.ts'
import { seriesLabel } from './requests.ts'
import { rememberKinds } from './reserve.ts'
import type { Extent } from './rows.ts'
import { rowsTable, type TableChoice } from './rows-table.ts'
import { rowCount } from './samples.ts'
import type { TableRow } from './sort-rows.ts'
import { summary, summaryTable } from './tables.ts'
import { arrange, columnsOf, unitsIn } from './traces.ts'

/** Shows what is loaded: cards, plots, a map, statistics and a table. */

const canvases = byId('canvases', HTMLElement)
const moving = byId('moving', HTMLFieldSetElement)
const point = byId('point', HTMLInputElement)
const reading = byId('reading', HTMLOutputElement)
const right = byId('right', HTMLSelectElement)
const table = createElement('div')
const find = createElement('input', { id: 'find', type: 'search', autocomplete: 'off' })

/** All that is loaded of the selected series. */
export interface Loaded {
  all: SeriesData[]
  columns: readonly string[]
  range: Extent
}

export interface DisplayEvents {
  onZoom(extent: Extent | null): void
  onTable(choice: TableChoice): void
}

let plots: { plots: Plots; structure: string } | null = null
let shown: { loaded: Loaded; view: View; events: DisplayEvents } | null = null

/** Shows everything that is loaded. */
export function display(loaded: Loaded, view: View, events: DisplayEvents): void {
  shown = { loaded, view, events }
  const { all, columns, range } = loaded
  const data = columnsOf(all, columns, range, view)
  rememberKinds(data)
  offerUnits(data, view)
  showPlots(data)
  showCards(data, view.zone)
  showMap(data, view.zone)
  summary.replaceChildren(...summaryTable(data))
  showTable()
}

function showPlots(data: ReturnType<typeof columnsOf>): void {
  if (!shown) return
  const { loaded, view, events } = shown
  const { panels, lanes, groups } = arrange(data, view, unitsIn(loaded.all, view.units))
  offerGroups(
    groups.map(({ key }) => key),
    view.right,
  )
  const marks = marksOf(
    loaded.all.map(({ series }) => series),
    loaded.range,
  )
  const drawing: Drawing = { panels, lanes, extent: loaded.range, zone: view.zone, marks }
  const names = (traces: readonly { label: string; colour: string }[]) =>
    traces.map(({ label, colour }) => [label, colour])
  const structure = JSON.stringify([
    view.zone,
    panels.map(({ label, lines, right }) => [label, names(lines), right?.label, names(right?.lines ?? [])]),
    names(lanes),
  ])
  if (plots?.structure === structure) plots.plots.update(drawing)
  else {
    plots?.plots.remove()
    plots =
      panels.length + lanes.length === 0
        ? null
        : {
            structure,
            plots: drawPlots(canvases, drawing, {
              onCursor: showTime,
              onZoom: (extent) => events.onZoom(isWhole(extent) ? null : extent),
            }),
          }
  }
  plots?.plots.show(view.zoom ?? loaded.range)
  moving.disabled = plots === null
  point.max = String(Math.max(0, (plots?.plots.times().length ?? 0) - 1))
  showTime(null)
}

const isWhole = ({ from, to }: Extent): boolean =>
  shown !== null && from <= shown.loaded.range.from && to >= shown.loaded.range.to

/** Lists the groups of columns that the right axis can have. */
function offerGroups(keys: readonly string[], chosen: string): void {
  const options = ['', ...keys].map((value) => createElement('option', { value }, value === '' ? 'None' : value))
  right.replaceChildren(...options)
  right.value = keys.includes(chosen) ? chosen : ''
  right.disabled = keys.length < 2
}

/** Shows the rows of the visible range, or the newest ones. */
function showTable(): void {
  if (!shown) return
  const { loaded, view, events } = shown
  const { from, to } = view.zoom ?? loaded.range
  const hasSeries = loaded.all.length > 1
  // A series of which only the newest rows are loaded must not end earlier in the table than the others.
  const starts = loaded.all.map(({ detail, newest }) =>
    detail?.width === 0 ? -Infinity : (newest[0]?.time ?? -Infinity),
  )
  const start = Math.max(view.zoom ? from : -Infinity, ...starts)
  const rows = loaded.all.flatMap(({ series, detail, newest, recent }): TableRow[] => {
    const exact = detail?.width === 0 ? detail.rows : newest
    const label = seriesLabel(series)
    return [...exact, ...recent]
      .filter(({ time }) => time >= start && (view.zoom === null || time <= to))
      .map((row) => ({ ...row, series: label }))
  })
  if (hasSeries) rows.sort((one, other) => one.time - other.time)
  const isComplete = loaded.all.every(({ detail }) => detail?.width === 0)
  const counts = loaded.all.map(({ windows, recent }) => rowCount(windows) + recent.length)
  const total = isComplete ? rows.length : counts.reduce((sum, count) => sum + count, 0)
  const onChange = (choice: TableChoice) => {
    events.onTable(choice)
    showTable()
  }
  const content = { rows, columns: loaded.columns, total, zone: view.zone, hasSeries }
  keepPlace(() => table.replaceChildren(...rowsTable(content, view, onChange)))
}

/** Replaces the table, and keeps the focus and what the user has scrolled to. */
function keepPlace(replace: () => void): void {
  const { activeElement } = document
  const focused =
    activeElement instanceof HTMLElement && table.contains(activeElement) ? activeElement.dataset['column'] : undefined
  const { scrollTop = 0, scrollLeft = 0 } = table.querySelector('.rows') ?? {}
  replace()
  table.querySelector('.rows')?.scrollTo({ top: scrollTop, left: scrollLeft, behavior: 'instant' })
  const buttons = [...table.querySelectorAll('button')]
  buttons.find(({ dataset }) => focused !== undefined && dataset['column'] === focused)?.focus({ preventScroll: true })
}

/** Shows the time under the cursor. */
function showTime(time: number | null): void {
  const zone = shown?.view.zone ?? 'utc'
  const text = time === null ? '' : `${formatTime(time, zone)} ${zoneName(zone)}`
  if (time !== null && document.activeElement !== point) point.value = String(plots?.plots.times().indexOf(time) ?? 0)
  point.ariaValueText = text
  reading.value = text
}

/** Puts the places of the summary and of the table where the server has put its rows. */
export function prepareDisplay(view: View): void {
  const label = createElement('label', { htmlFor: 'find' }, 'Columns with')
  byId('rows', HTMLElement).replaceChildren(
    summary,
    createElement('h2', {}, 'Rows'),
    createElement('div', { className: 'field find' }, label, find),
    table,
  )
  find.value = view.find
  find.addEventListener('input', () => {
    if (!shown) return
    shown.view.find = find.value
    shown.events.onTable(shown.view)
    showTable()
  })
}

point.addEventListener('input', () => {
  const time = plots?.plots.times()[point.valueAsNumber]
  if (time !== undefined) plots?.plots.pointAt(time)
})
const MOVES: Readonly<Record<string, (plots: Plots) => void>> = {
  earlier: (all) => all.move(-0.5),
  later: (all) => all.move(0.5),
  'zoom-in': (all) => all.zoom(0.5),
  'zoom-out': (all) => all.zoom(2),
  whole: (all) => all.zoom(Infinity),
}
for (const [id, move] of Object.entries(MOVES)) {
  byId(id, HTMLButtonElement).addEventListener('click', () => plots && move(plots.plots))
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots?.plots.redraw())
