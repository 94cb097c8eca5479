import type uPlot from 'uplot'
import { formatNumber } from './rows.ts'
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

const CHARACTER_WIDTH = 8
const TICK_WIDTH = 20

/** Width of the longest number on the axis. */
const numbersWidth: uPlot.Axis.Size = (_, values) =>
  TICK_WIDTH + CHARACTER_WIDTH * Math.max(3, ...(values ?? []).map((value) => value.length))

const looks: uPlot.Axis = {
  font: '13px system-ui, sans-serif',
  stroke: () => colour('--text'),
  grid: { stroke: () => colour('--line'), width: 1 },
  ticks: { stroke: () => colour('--line'), width: 1 },
}

export const axes: uPlot.Axis[] = [
  { ...looks, values: TIMES, space: 84 },
  { ...looks, values: (_, splits) => splits.map(formatNumber), size: numbersWidth },
]
