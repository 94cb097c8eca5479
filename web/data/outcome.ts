import { formatTime, rowsIn, type Zone, zoneName } from '../parts/format.ts'
import type { SeriesSummary } from '../parts/series.ts'
import type { Loaded } from './display.ts'
import { rowCount } from './samples.ts'
import { formatLength } from './windows.ts'

/** What is said about the loaded rows: their number, their times and how they are drawn. */
export function describeLoaded({ all, range }: Loaded, zone: Zone): string {
  const parts = all.map(({ whole, windows, ...others }) => ({
    ...others,
    windows,
    counted: whole?.width === 0 ? whole : windows,
  }))
  const count = parts.reduce((sum, { counted, recent }) => sum + rowCount(counted) + recent.length, 0)
  if (count === 0) return 'There are no rows in this selection.'
  const firsts = parts.flatMap(({ counted }) => counted.rows[0]?.time ?? [])
  const lasts = parts.flatMap(({ newest, recent }) => (recent.at(-1) ?? newest.at(-1))?.time ?? [])
  const times = [Math.max(Math.min(...firsts), range.from), Math.max(...lasts)].map((time) => formatTime(time, zone))
  const width = Math.max(...parts.map(({ detail, windows }) => (detail ?? windows).width))
  const drawn = `Each point is the mean of ${formatLength(width)}, in a band from minimum to maximum. Zoom in to see rows.`
  return `${rowsIn(count)}, ${times.join(' to ')} ${zoneName(zone)}.${width === 0 ? '' : ` ${drawn}`}`
}

/** What is said about a range without rows. */
export function describeNothing(spans: readonly SeriesSummary[], zone: Zone): string {
  const last = spans
    .flatMap(({ last }) => last ?? [])
    .sort()
    .at(-1)
  const hint =
    last === undefined ? '' : ` The last row is from ${formatTime(Date.parse(last), zone)} ${zoneName(zone)}.`
  return `There are no rows in this selection.${hint}`
}
