import uPlot from 'uplot'
import { createElement } from '../parts/dom.ts'
import { axes } from './axes.ts'
import { type Line, legendOf } from './legend.ts'
import { dashOf, paintOf } from './strokes.ts'

/** Plots of the same rows, one below the other, that move together. */
export interface Plots {
  /** Multiplies the visible range by a factor, around the cursor or the middle. */
  zoom(factor: number): void
  /** Moves by a share of the visible range. */
  move(share: number): void
  whole(): void
  /** Moves the cursor to a row, and the row into view. */
  pointAt(row: number): void
  /** Redraws in the current colours. */
  redraw(): void
  remove(): void
}

const HEIGHT_ALONE = 352
const HEIGHT_OF_MANY = 240

/** Visible range if all rows have the same time. */
const MIN_SPAN_MS = 60_000

/** Plots groups of lines over times (UNIX milliseconds, in order); calls `onCursor` with the row under the cursor. */
export function plotLines(
  host: HTMLElement,
  times: number[],
  groups: readonly (readonly Line[])[],
  onCursor: (row: number | null) => void,
): Plots {
  const size = () => ({ width: host.clientWidth, height: groups.length === 1 ? HEIGHT_ALONE : HEIGHT_OF_MANY })
  const plots: uPlot[] = []
  const syncRange = ({ scales }: uPlot, scale: string) => {
    const range = { min: scales['x']?.min ?? 0, max: scales['x']?.max ?? 0 }
    if (scale !== 'x') return
    for (const plot of plots) {
      const { x } = plot.scales
      if (x?.min !== range.min || x.max !== range.max) plot.batch(() => plot.setScale('x', range))
    }
  }
  for (const lines of groups) {
    const legend = legendOf(lines, (place, show) => plot.setSeries(place + 1, { show }))
    const figure = createElement('figure', { className: 'panel' })
    host.append(figure)
    const hooks = {
      setScale: [syncRange],
      setCursor: [
        ({ cursor: { idx = null } }: uPlot) => {
          legend.showValues(idx)
          onCursor(idx)
        },
      ],
    }
    const plot: uPlot = new uPlot(
      { ...size(), ...LOOKS, axes, hooks, series: [{}, ...lines.map(lineLooks)] },
      [times, ...lines.map(({ values }) => values)],
      figure,
    )
    plot.root.setAttribute('role', 'img')
    plot.root.setAttribute('aria-label', `${lines.map(({ name }) => name).join(', ')} over time; numbers are below`)
    figure.append(legend.list)
    plots.push(plot)
  }
  const resized = new ResizeObserver(() => {
    for (const plot of plots) plot.setSize(size())
  })
  resized.observe(host)
  return {
    ...moves(plots, times),
    redraw() {
      for (const plot of plots) plot.redraw(false)
    },
    remove() {
      resized.disconnect()
      for (const plot of plots) plot.destroy()
      host.replaceChildren()
    },
  }
}

const LOOKS = {
  ms: 1,
  tzDate: (ms) => uPlot.tzDate(new Date(ms), 'Etc/UTC'),
  legend: { show: false },
  cursor: { y: false, sync: { key: 'rows', setSeries: false } },
  scales: {
    x: {
      range: (_, min, max) => (max > min ? [min, max] : [min - MIN_SPAN_MS / 2, max + MIN_SPAN_MS / 2]),
    },
  },
} satisfies Partial<uPlot.Options>

function lineLooks({ name }: Line, place: number): uPlot.Series {
  const stroke = () => paintOf(place)
  // Columns from different uploads have gaps; they are still one line.
  return { label: name, stroke, width: 1.75, dash: dashOf(place), spanGaps: true, points: { fill: stroke, size: 5 } }
}

/** Movements of the first plot, which the others follow. */
function moves([leader, ...others]: readonly uPlot[], times: readonly number[]) {
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0]
  const visible = () => ({ min: leader?.scales['x']?.min ?? first, max: leader?.scales['x']?.max ?? last })
  const setRange = (min: number, max: number) => leader?.batch(() => leader.setScale('x', { min, max }))

  /** Shows a range around a time, within the times of the rows. */
  function showAround(middle: number, span: number): void {
    if (span >= last - first) return void setRange(first, last)
    const min = Math.min(Math.max(middle - span / 2, first), last - span)
    setRange(min, min + span)
  }

  return {
    zoom(factor: number) {
      const { min, max } = visible()
      const place = leader?.cursor.idx
      showAround((place == null ? undefined : times[place]) ?? (min + max) / 2, Math.max((max - min) * factor, 1))
    },
    move(share: number) {
      const { min, max } = visible()
      showAround((min + max) / 2 + (max - min) * share, max - min)
    },
    whole: () => void setRange(first, last),
    pointAt(row: number) {
      const time = times[row] ?? first
      const { min, max } = visible()
      if (time < min || time > max) showAround(time, max - min)
      for (const plot of leader ? [leader, ...others] : []) plot.setCursor({ left: plot.valToPos(time, 'x'), top: 0 })
    },
  }
}
