import { byId, createElement } from '../parts/dom.ts'
import type { Line } from './legend.ts'
import { type Plots, plotLines } from './plot.ts'
import { columnValues, formatTime, groupsOf, type Row, summaryOf } from './rows.ts'
import { rowsTable, summaryTable } from './tables.ts'

/** Shows rows as plots, statistics and a table. */

const canvases = byId('canvases', HTMLElement)
const moving = byId('moving', HTMLFieldSetElement)
const point = byId('point', HTMLInputElement)
const reading = byId('reading', HTMLOutputElement)
const together = byId('together', HTMLInputElement)

let plots: Plots | null = null
let drawn: { times: number[]; lines: Line[] } = { times: [], lines: [] }

/** Shows rows, ordered by time. Returns the columns without numbers, which are only in the table. */
export function show(rows: readonly Row[], columns: readonly string[]): string[] {
  const all = columns.map((name) => ({ name, values: columnValues(rows, name) }))
  const lines = all.filter(({ values }) => summaryOf(values) !== null)
  drawn = { times: rows.map(({ time }) => time), lines }
  draw()
  const numbers = new Set(lines.map(({ name }) => name))
  const summary = lines.length === 0 ? [] : [createElement('h2', {}, 'Summary'), summaryTable(lines)]
  byId('rows', HTMLElement).replaceChildren(
    ...summary,
    createElement('h2', {}, 'Rows'),
    ...rowsTable(rows, columns, numbers),
  )
  return columns.filter((name) => !numbers.has(name))
}

function draw(): void {
  const { times, lines } = drawn
  plots?.remove()
  const names = lines.map(({ name }) => name)
  const groups = together.checked ? [names] : groupsOf(names)
  const panels = groups.map((group) => lines.filter(({ name }) => group.includes(name)))
  plots = lines.length === 0 ? null : plotLines(canvases, times, panels, showTime)
  moving.disabled = plots === null
  point.max = String(Math.max(0, times.length - 1))
  showTime(null)
}

/** Shows the time of the row under the cursor. */
function showTime(row: number | null): void {
  const time = row === null ? undefined : drawn.times[row]
  const text = time === undefined ? '' : `${formatTime(time)} UTC`
  // The slider keeps its value while the user moves it: the plot knows only one row of each time.
  if (row !== null && document.activeElement !== point) point.value = String(row)
  point.ariaValueText = text
  reading.value = text
}

together.addEventListener('change', draw)
point.addEventListener('input', () => plots?.pointAt(point.valueAsNumber))
const MOVES: Readonly<Record<string, (plots: Plots) => void>> = {
  earlier: (plots) => plots.move(-0.5),
  later: (plots) => plots.move(0.5),
  'zoom-in': (plots) => plots.zoom(0.5),
  'zoom-out': (plots) => plots.zoom(2),
  whole: (plots) => plots.whole(),
}
for (const [id, move] of Object.entries(MOVES)) {
  byId(id, HTMLButtonElement).addEventListener('click', () => plots && move(plots))
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => plots?.redraw())
