import type uPlot from 'uplot'
import { leftAxis, rightAxis, timeAxis } from './axes.ts'
import type { Gap } from './gaps.ts'
import type { Trace } from './legend.ts'
import type { Sample } from './samples.ts'
import { colour } from './strokes.ts'

/** Lines of one plot, on one axis or two. */
export interface Panel {
  /** What the left axis shows. */
  label: string
  lines: readonly Trace[]
  /** The lines of the right axis come after those of the left one. */
  right: { label: string; lines: readonly Trace[] } | null
}

export const linesOf = ({ lines, right }: Panel): readonly Trace[] => [...lines, ...(right?.lines ?? [])]

/** uPlot's lines of a trace: the mean, and the limits of its band. */
const PARTS = 3
/** Diameter of a point in pixels. */
const POINT = 5

/** The parts of uPlot's options that depend on the lines of a panel. */
export function panelOptions(panel: Panel, tracesNow: () => readonly Trace[]) {
  const lines = linesOf(panel)
  const series = lines.flatMap((line, place): uPlot.Series[] => {
    const stroke = () => colour(line.colour)
    const scale = place < panel.lines.length ? 'left' : 'right'
    const gaps: uPlot.Series.GapsRefiner = (plot) => gapPixels(plot, tracesNow()[place]?.gaps ?? [])
    const limit: uPlot.Series = { scale, gaps, width: 0, stroke: 'transparent', points: { show: false } }
    return [
      {
        label: line.label,
        scale,
        stroke,
        gaps,
        width: 1.75,
        dash: line.dash,
        points: { fill: stroke, size: POINT, show: (plot) => hasRoom(plot, tracesNow()[place]) },
      },
      limit,
      limit,
    ]
  })
  const bands = lines.map(({ colour: variable }, place): uPlot.Band => {
    const first = place * PARTS + 1
    return { series: [first + 1, first + 2], fill: () => translucent(colour(variable)) }
  })
  return { axes: [timeAxis, leftAxis, ...(panel.right ? [rightAxis] : [])], series: [{}, ...series], bands }
}

/** Points are drawn where there is room between them. The times of other lines do not matter. */
function hasRoom(plot: uPlot, trace: Trace | undefined): boolean {
  const { min, max } = plot.scales['x'] ?? {}
  const visible = trace?.samples.filter(({ time }) => time >= (min ?? 0) && time <= (max ?? 0)).length ?? 0
  return visible * POINT * 2 <= plot.width
}

const translucent = (value: string): string => `color-mix(in srgb, ${value} 22%, transparent)`

/** Gaps in pixels of the canvas, inside the visible range. */
function gapPixels(plot: uPlot, gaps: readonly Gap[]): [number, number][] {
  const { min = 0, max = 0 } = plot.scales['x'] ?? {}
  return gaps
    .filter(([from, to]) => to >= (min ?? 0) && from <= (max ?? 0))
    .map(([from, to]) => [Math.round(plot.valToPos(from, 'x', true)), Math.round(plot.valToPos(to, 'x', true))])
}

/** Shows or hides a trace with its band. */
export function showTrace(plot: uPlot, place: number, show: boolean): void {
  for (let part = 1; part <= PARTS; part += 1) plot.setSeries(place * PARTS + part, { show })
}

/** The data of uPlot for traces. A time at which a trace has no value is undefined: null would break its line. */
export const panelData = (times: number[], traces: readonly Trace[]): uPlot.AlignedData => [
  times,
  ...traces.flatMap(({ samples }) => [
    align(times, samples, ({ value }) => value),
    align(times, samples, ({ high, count }) => (count > 1 ? high : null)),
    align(times, samples, ({ low, count }) => (count > 1 ? low : null)),
  ]),
]

function align(times: readonly number[], samples: readonly Sample[], read: (sample: Sample) => number | null) {
  const values: (number | undefined)[] = Array(times.length).fill(undefined)
  let place = 0
  for (const sample of samples) {
    while (place < times.length && (times[place] ?? 0) < sample.time) place += 1
    const value = sample.value === null ? null : read(sample)
    if (value !== null) values[place] = value
  }
  return values
}

/** All times of the traces, in order, each once. */
export function unionOfTimes(traces: readonly Trace[]): number[] {
  const all = Float64Array.from(traces.flatMap(({ samples }) => samples.map(({ time }) => time))).sort()
  return Array.from(all.filter((time, index) => index === 0 || time !== all[index - 1]))
}
