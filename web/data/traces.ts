import type { View } from './address.ts'
import { findGaps, type Gap } from './gaps.ts'
import type { Trace } from './legend.ts'
import type { SeriesData } from './load.ts'
import type { Panel } from './panel.ts'
import { type SeriesName, seriesLabel } from './requests.ts'
import type { Extent } from './rows.ts'
import { hasNumbers, type Sample, samplesOf } from './samples.ts'
import { colourOf, dashAfterColours, dashOf } from './strokes.ts'
import { groupColumns, labelOf, type Units, unitOf, unitsOf } from './units.ts'

/** The samples of a column in the whole range: its windows, and the visible part more exactly. */
export function samplesIn({ windows, detail, recent }: SeriesData, column: string, range: Extent): Sample[] {
  const coarse = samplesOf(windows, column).map((sample) => withinRange(sample, range))
  const later = samplesOf({ rows: recent, width: 0 }, column)
  if (!detail) return [...coarse, ...later]
  const exact = samplesOf(detail, column).map((sample) => withinRange(sample, range))
  const before = coarse.filter(({ time, width }) => time + width / 2 <= detail.from)
  const after = coarse.filter(({ time, width }) => time - width / 2 >= detail.to)
  return [...before, ...exact, ...after, ...later]
}

/** The first and the last window are partly outside of the range: they are drawn in the middle of the other part. */
function withinRange(sample: Sample, { from, to }: Extent): Sample {
  const { time, width } = sample
  if (width === 0) return sample
  const [start, end] = [Math.max(time - width / 2, from), Math.min(time + width / 2, to)]
  return { ...sample, time: (start + end) / 2 }
}

/** A column of a series, with its statistics. */
export interface ColumnData {
  name: string
  column: string
  data: SeriesData
  unit: string
  samples: readonly Sample[]
  gaps: readonly Gap[]
}

/** How columns are grouped in plots. */
export interface Arrangement {
  together: boolean
  /** The key of the group on the right axis. */
  right: string
}

export const unitsIn = (all: readonly SeriesData[], own: View['units']): Units =>
  unitsOf(
    all.map(({ series }) => series),
    own,
  )

/** What a column is called: with several series, also by its series. */
export const columnLabel = (series: SeriesName, column: string, count: number): string =>
  count > 1 ? `${seriesLabel(series)}: ${column}` : column

/** The chosen columns of the series that have them. With several series, names contain that of the series. */
export function columnsOf(
  all: readonly SeriesData[],
  columns: readonly string[],
  range: Extent,
  { gap, units: own }: Pick<View, 'gap' | 'units'>,
): ColumnData[] {
  const units = unitsIn(all, own)
  return columns.flatMap((column) =>
    all
      .filter(({ series }) => series.columns.includes(column))
      .map((data) => {
        const samples = samplesIn(data, column, range)
        const name = columnLabel(data.series, column, all.length)
        return { name, column, data, unit: unitOf(column, units), samples, gaps: findGaps(samples, gap) }
      }),
  )
}

export const isText = ({ samples }: ColumnData): boolean => samples.length > 0 && !hasNumbers(samples)

/** Groups names of columns in plots: one for each unit, or one for all. The first one may have a right axis. */
export function panelsOf(names: readonly string[], { together, right }: Arrangement, units: Units) {
  const groups = groupColumns(names, units)
  const onRight = groups.length > 1 ? groups.find(({ key }) => key === right) : undefined
  const others = groups.filter((group) => group !== onRight)
  const merged = names.filter((name) => others.some(({ columns }) => columns.includes(name)))
  const onLeft = together && others.length > 0 ? [{ label: labelOf(merged, units), columns: merged }] : others
  const panels = onLeft.map(({ label, columns }, index) => ({
    label,
    columns,
    right: index === 0 && onRight !== undefined ? onRight : null,
  }))
  return { panels, groups }
}

/** Arranges columns in plots, and columns of texts in lanes. */
export function arrange(all: readonly ColumnData[], arrangement: Arrangement, units: Units) {
  const numeric = all.filter(({ samples }) => hasNumbers(samples))
  const names = [...new Set(numeric.map(({ column }) => column))]
  const { panels: grouped, groups } = panelsOf(names, arrangement, units)
  const series = [...new Set(all.map(({ data }) => data))]
  const panels = grouped.map(({ label, columns, right }): Panel => {
    const inPanel = [...columns, ...(right?.columns ?? [])]
    const lines = (members: readonly string[]) =>
      numeric
        .filter(({ column }) => members.includes(column))
        .map((column) => lineOf(column, inPanel.indexOf(column.column), series))
    return { label, lines: lines(columns), right: right && { label: right.label, lines: lines(right.columns) } }
  })
  const lanes = all
    .filter(isText)
    .map(({ name, samples, gaps }): Trace => ({ label: name, unit: '', colour: '--muted', dash: [], samples, gaps }))
  return { panels, lanes, groups }
}

/** Several series differ by colour and their columns by dashes; the columns of one series differ by colour. */
function lineOf({ name, unit, samples, gaps, data }: ColumnData, place: number, series: readonly SeriesData[]): Trace {
  const isCompared = series.length > 1
  return {
    ...{ label: name, unit, samples, gaps },
    colour: colourOf(isCompared ? series.indexOf(data) : place),
    dash: isCompared ? dashOf(place) : dashAfterColours(place),
  }
}
