import uPlot from 'uplot'
import type { Zone } from '../parts/format.ts'
import { colour } from './strokes.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * Formats of times under a plot, by the step between them. The columns are uPlot's: step, format, then additions at the
 * start of a year, month, day, hour, minute and second.
 */
const TIMES: uPlot.Axis.TimeValuesConfig = [
  [365 * DAY, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * DAY, '{YYYY}-{MM}', null, null, null, null, null, null, 1],
  [DAY, '{MM}-{DD}', '\n{YYYY}', null, null, null, null, null, 1],
  [MINUTE, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
  [SECOND, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{YYYY}-{MM}-{DD}', null, null, null, 1],
  [1, '{ss}.{fff}', '\n{YYYY}-{MM}-{DD} {HH}:{mm}', null, '\n{YYYY}-{MM}-{DD} {HH}:{mm}', null, '\n{HH}:{mm}', null, 1],
]

/** Every plot has the same width of numbers at its sides, so that the times of all plots are below each other. */
export const SIDE_WIDTH = 62

/** Numbers that are too long for the side of a plot have an exponent. */
const MAX_CHARACTERS = 7

const tickText = (value: number): string => {
  const text = String(Number(value.toPrecision(7)))
  return text.length > MAX_CHARACTERS ? String(value.toExponential(2)) : text
}

const looks: uPlot.Axis = {
  font: '13px system-ui, sans-serif',
  stroke: () => colour('--text'),
  grid: { stroke: () => colour('--line'), width: 1 },
  ticks: { stroke: () => colour('--line'), width: 1 },
}

export const timeAxis: uPlot.Axis = { ...looks, values: TIMES, space: 84 }

const numbers: uPlot.Axis = {
  ...looks,
  values: (_, splits) => splits.map(tickText),
  size: SIDE_WIDTH,
}
export const leftAxis: uPlot.Axis = { ...numbers, scale: 'left' }
export const rightAxis: uPlot.Axis = { ...numbers, scale: 'right', side: 1, grid: { show: false } }
/** The side of a plot without numbers. */
export const blankAxis: uPlot.Axis = {
  ...looks,
  scale: 'left',
  size: SIDE_WIDTH,
  values: () => [],
  show: true,
  grid: { show: false },
  ticks: { show: false },
}

/** Converts times to dates whose parts are those of a zone. */
export const dateIn = (zone: Zone) => (ms: number) =>
  zone === 'utc' ? uPlot.tzDate(new Date(ms), 'Etc/UTC') : new Date(ms)
