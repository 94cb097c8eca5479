import uPlot from 'uplot'
import { createElement } from '../parts/dom.ts'
import type { Zone } from '../parts/format.ts'
import { dateIn, SIDE_WIDTH } from './axes.ts'
import { drawMarks } from './draw-marks.ts'
import { lanesHeight, panelHeight } from './heights.ts'
import { drawLanes, laneData, laneOptions } from './lanes.ts'
import { createLegend, type Trace } from './legend.ts'
import type { Mark } from './marks.ts'
import { linesOf, type Panel, panelData, panelOptions, showTrace, unionOfTimes } from './panel.ts'
import type { Extent } from './rows.ts'

/** What the plots show. */
export interface Drawing {
  panels: readonly Panel[]
  /** Columns of texts. */
  lanes: readonly Trace[]
  /** The range of all plots. */
  extent: Extent
  zone: Zone
  marks: readonly Mark[]
}

/** Plots below each other that show the same times. */
export interface Plots {
  /** The times of all samples, in order. */
  times(): readonly number[]
  /** Multiplies the visible range by a factor, around the cursor or the middle. */
  zoom(factor: number): void
  /** Moves by a share of the visible range. */
  move(share: number): void
  show(extent: Extent): void
  /** Moves the cursor to a time, and the time into view. */
  pointAt(time: number): void
  /** Draws other samples of the same lines; `show` follows. */
  update(drawing: Drawing): void
  /** Redraws in the current colours. */
  redraw(): void
  remove(): void
}

interface Events {
  onCursor(time: number | null): void
  /** The user has changed the visible range. */
  onZoom(extent: Extent): void
}

/** Visible range if all rows have about the same time. */
const MIN_SPAN_MS = 1_000
const PADDED_MS = 60_000

/** One figure: its plot, its legend, and how to draw other samples. */
interface Figure {
  plot: uPlot
  update(times: number[]): void
  showValues(time: number | null): void
}

/** Draws plots; all of them have the same times, cursor and visible range. */
export function drawPlots(host: HTMLElement, first: Drawing, { onCursor, onZoom }: Events): Plots {
  let drawing = first
  let times = timesOf(drawing)
  let isSyncing = false
  const figures: Figure[] = []
  const plots = () => figures.map(({ plot }) => plot)
  const { panels, lanes } = drawing
  const height = panelHeight(panels.length + Math.min(lanes.length, 1))
  const hasRight = panels.some(({ right }) => right !== null)

  /** Moves the cursors of all plots to a time; null removes them. */
  const syncCursor = (time: number | null, leader?: uPlot) => {
    if (isSyncing) return
    isSyncing = true
    for (const { plot, showValues } of figures) {
      if (plot !== leader) plot.setCursor({ left: time === null ? -10 : plot.valToPos(time, 'x'), top: 0 }, false)
      showValues(time)
    }
    isSyncing = false
    onCursor(time)
  }
  const syncRange = (leader: uPlot) => {
    if (isSyncing) return
    isSyncing = true
    const { min, max } = visibleIn(leader, drawing.extent)
    for (const plot of plots()) if (plot !== leader) plot.batch(() => plot.setScale('x', { min, max }))
    isSyncing = false
    const { left = -10 } = leader.cursor
    syncCursor(left < 0 ? null : timeAt(leader, times))
  }
  const whole = () => setRange(drawing.extent, true)
  const resetRange = () => {
    whole()
    return null
  }
  /** Shows a range in all plots. */
  const setRange = ({ from, to }: Extent, isByUser: boolean) => {
    const [leader] = plots()
    const { min, max } = padded(from, to)
    leader?.batch(() => leader.setScale('x', { min, max }))
    if (isByUser) onZoom({ from, to })
  }

  const addFigure = (traces: readonly Trace[], caption: HTMLElement, options: FigureOptions) => {
    const legend = createLegend(traces, (place, show) => options.toggle(plot, place, show))
    const figure = createElement('figure', { className: 'panel' }, caption)
    host.append(figure)
    const plot: uPlot = new uPlot(
      {
        ...{ ms: 1, tzDate: (ms) => dateIn(drawing.zone)(ms), legend: { show: false } },
        ...{ width: host.clientWidth, height: options.height },
        padding: [10, hasRight && !options.hasRight ? SIDE_WIDTH : null, null, null],
        cursor: { y: false, bind: { dblclick: () => () => resetRange() } },
        scales: { x: { range: (_, min, max) => rangeOf(min, max) }, ...options.scales },
        axes: options.axes,
        series: options.series,
        bands: options.bands ?? [],
        hooks: {
          draw: [(drawn) => options.draw?.(drawn), (drawn) => drawMarks(drawn, drawing.marks)],
          setScale: [(changed, scale) => scale === 'x' && syncRange(changed)],
          setSelect: [(selected) => selected.select.width > 0 && onZoom(selectedIn(selected))],
          setCursor: [(moved) => syncCursor(timeAt(moved, times), moved)],
        },
      },
      options.data(times),
      figure,
    )
    plot.root.setAttribute('role', 'img')
    plot.root.setAttribute('aria-label', `${traces.map(({ label }) => label).join(', ')} over time; values are below`)
    figure.append(legend.list)
    const update = (next: number[]) => {
      plot.setData(options.data(next), false)
      legend.update(options.traces())
    }
    figures.push({ plot, update, showValues: legend.showValues })
  }

  for (const [index, panel] of panels.entries()) {
    const traces = () => linesOf(drawing.panels[index] ?? panel)
    addFigure(traces(), captionOf(panel), {
      ...panelOptions(panel, traces),
      ...{ traces, height, hasRight: panel.right !== null, scales: {}, toggle: showTrace },
      data: (all) => panelData(all, traces()),
    })
  }
  if (lanes.length > 0) {
    addFigure(lanes, createElement('figcaption', {}, createElement('span', {}, 'Texts')), {
      ...laneOptions(lanes),
      ...{ traces: () => drawing.lanes, height: lanesHeight(lanes.length), hasRight: false },
      scales: { left: { range: [0, 1] } },
      data: (all) => laneData(all, drawing.lanes),
      draw: (plot) => drawLanes(plot, drawing.lanes),
      toggle: (plot, place, show) => plot.setSeries(place + 1, { show }),
    })
  }
  const resized = new ResizeObserver(() => {
    for (const plot of plots()) plot.setSize({ width: host.clientWidth, height: plot.height })
  })
  resized.observe(host)
  const visible = (): Extent => (figures[0] ? extentOf(figures[0].plot) : drawing.extent)

  /** Shows a range around a time, within the whole range. */
  const showAround = (middle: number, span: number) => {
    const { from, to } = drawing.extent
    if (span >= to - from) return whole()
    const start = Math.min(Math.max(middle - span / 2, from), to - span)
    setRange({ from: start, to: start + span }, true)
  }
  return {
    times: () => times,
    zoom(factor) {
      const { from, to } = visible()
      const [leader] = plots()
      showAround((leader && timeAt(leader, times)) ?? (from + to) / 2, Math.max((to - from) * factor, 1))
    },
    move(share) {
      const { from, to } = visible()
      showAround((from + to) / 2 + (to - from) * share, to - from)
    },
    show: (extent) => setRange(extent, false),
    pointAt(time) {
      const { from, to } = visible()
      if (time < from || time > to) showAround(time, to - from)
      syncCursor(time)
    },
    update(next) {
      drawing = next
      times = timesOf(next)
      for (const { update } of figures) update(times)
    },
    redraw() {
      for (const plot of plots()) plot.redraw(false)
    },
    remove() {
      resized.disconnect()
      for (const plot of plots()) plot.destroy()
      host.replaceChildren()
    },
  }
}

interface FigureOptions extends Pick<uPlot.Options, 'series'> {
  axes: uPlot.Axis[]
  bands?: uPlot.Band[]
  scales: uPlot.Scales
  height: number
  hasRight: boolean
  traces(): readonly Trace[]
  data(times: number[]): uPlot.AlignedData
  draw?(plot: uPlot): void
  toggle(plot: uPlot, place: number, show: boolean): void
}

const captionOf = ({ label, right }: Panel): HTMLElement =>
  createElement('figcaption', {}, ...[label, right?.label ?? ''].map((text) => createElement('span', {}, text)))

const timesOf = ({ panels, lanes }: Drawing): number[] => unionOfTimes([...panels.flatMap(linesOf), ...lanes])

const padded = (from: number, to: number): { min: number; max: number } =>
  to - from < MIN_SPAN_MS ? { min: from - PADDED_MS / 2, max: to + PADDED_MS / 2 } : { min: from, max: to }

const rangeOf = (from: number, to: number): [number, number] =>
  to > from ? [from, to] : [from - PADDED_MS / 2, to + PADDED_MS / 2]

const visibleIn = ({ scales: { x } }: uPlot, { from, to }: Extent) => ({ min: x?.min ?? from, max: x?.max ?? to })

function extentOf(plot: uPlot): Extent {
  const { min, max } = plot.scales['x'] ?? {}
  return { from: min ?? 0, to: max ?? 0 }
}

const selectedIn = (plot: uPlot): Extent => ({
  from: plot.posToVal(plot.select.left, 'x'),
  to: plot.posToVal(plot.select.left + plot.select.width, 'x'),
})

/** The time of the sample that is nearest to the cursor; null without a cursor. */
function timeAt({ cursor: { idx } }: uPlot, times: readonly number[]): number | null {
  return idx == null ? null : (times[idx] ?? null)
}
