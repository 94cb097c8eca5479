import uPlot from 'uplot'
import { createElement } from '../parts/dom.ts'
import { axes } from './axes.ts'
import { type Line, legendOf } from './legend.ts'
import { dashOf, paintOf } from './strokes.ts'

/** Plots of the same rows, one below the other, that move together. */
export interface Plots {
  /** Makes the range that is seen longer (over 1) or shorter, about the cursor or else the middle. */
  zoom(factor: number): void
  /** Moves by a part of the range that is seen. */
  move(share: number): void
  whole(): void
  /** Puts the cursor on a row, and brings it into view. */
  pointAt(row: number): void
  /** Draws anew, in the colours that are in use now. */
  redraw(): void
  remove(): void
}

const HEIGHT_ALONE = 352
const HEIGHT_OF_MANY = 240

/** What is seen of rows that are all of one moment. */
const LEAST_SPAN_MS = 60_000

/** Plots groups of lines over times (UNIX milliseconds, in order); `pointed` hears which row the cursor is on. */
export function plotLines(
  host: HTMLElement,
  times: number[],
  groups: readonly (readonly Line[])[],
  pointed: (row: number | null) => void,
): Plots {
  const size = () => ({ width: host.clientWidth, height: groups.length === 1 ? HEIGHT_ALONE : HEIGHT_OF_MANY })
  const plots: uPlot[] = []
  const seeTogether = ({ scales }: uPlot, scale: string) => {
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
      setScale: [seeTogether],
      setCursor: [
        ({ cursor: { idx = null } }: uPlot) => {
          legend.tell(idx)
          pointed(idx)
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
      range: (_, min, max) => (max > min ? [min, max] : [min - LEAST_SPAN_MS / 2, max + LEAST_SPAN_MS / 2]),
    },
  },
} satisfies Partial<uPlot.Options>

function lineLooks({ name }: Line, place: number): uPlot.Series {
  const stroke = () => paintOf(place)
  // Columns that come in uploads of their own are empty in between, and still one line.
  return { label: name, stroke, width: 1.75, dash: dashOf(place), spanGaps: true, points: { fill: stroke, size: 5 } }
}

/** The first plot leads, the others follow its range. */
function moves([leader, ...others]: readonly uPlot[], times: readonly number[]) {
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0]
  const seen = () => ({ min: leader?.scales['x']?.min ?? first, max: leader?.scales['x']?.max ?? last })
  const see = (min: number, max: number) => leader?.batch(() => leader.setScale('x', { min, max }))

  /** A range of a length, about a place, as far as there are rows. */
  function seeAbout(middle: number, span: number): void {
    if (span >= last - first) return void see(first, last)
    const min = Math.min(Math.max(middle - span / 2, first), last - span)
    see(min, min + span)
  }

  return {
    zoom(factor: number) {
      const { min, max } = seen()
      const place = leader?.cursor.idx
      seeAbout((place == null ? undefined : times[place]) ?? (min + max) / 2, Math.max((max - min) * factor, 1))
    },
    move(share: number) {
      const { min, max } = seen()
      seeAbout((min + max) / 2 + (max - min) * share, max - min)
    },
    whole: () => void see(first, last),
    pointAt(row: number) {
      const time = times[row] ?? first
      const { min, max } = seen()
      if (time < min || time > max) seeAbout(time, max - min)
      for (const plot of leader ? [leader, ...others] : []) plot.setCursor({ left: plot.valToPos(time, 'x'), top: 0 })
    },
  }
}
