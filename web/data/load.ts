import { isoTime } from '../../lib/measurements/times.ts'
import type { SeriesSummary } from '../parts/series.ts'
import { type DataAccess, type DataSelection, pages, type SeriesName, seriesParameters } from './requests.ts'
import { type Extent, type Row, readRows } from './rows.ts'
import { AGGREGATES, RECEIPT_COLUMN, rowCountIn, type Segment } from './samples.ts'
import { windowLength } from './windows.ts'

/** Rows that are drawn at once, of all series together: two weeks of one row a minute. A phone can still draw them. */
export const MAX_ROWS = 20_000
/** The largest page of `/download`. */
const PAGE_ROWS = 10_000
/** Rows of the table if the range has more than are drawn. */
const TABLE_ROWS = 1_000
/** The part of a visible range that is loaded on each side, so that lines reach the edges. */
const MARGIN = 0.25

/** What to read of a series. */
export interface Source {
  name: SeriesName
  /** Columns to read, with those of the position. */
  columns: readonly string[]
  access: DataAccess
  signal: AbortSignal
  /** Rows that may be drawn of this series. */
  maxRows: number
}

const selectionOf = ({ name, columns }: Source, { from, to }: Extent): DataSelection => ({
  ...seriesParameters(name),
  cols: [...columns, RECEIPT_COLUMN].join(','),
  from: isoTime(from),
  to: isoTime(Math.ceil(to)),
  times: 'unix',
})

/** Loads a range as windows of rows: their number depends on the range, not on the number of rows. */
export async function loadWindows(source: Source, extent: Extent, width = windowLength(extent)): Promise<Segment> {
  const selection = { ...selectionOf(source, extent), every: `${width / 1_000}s`, agg: AGGREGATES }
  const rows: Row[] = []
  for await (const page of pages(selection, source.access, 'ndjson', source.signal)) rows.push(...readRows(page))
  return { rows, width }
}

/** Loads the rows of a range; null if there are more than a maximum. */
async function loadRows(source: Source, extent: Extent): Promise<Segment | null> {
  const rows: Row[] = []
  const number = String(Math.min(source.maxRows + 1, PAGE_ROWS))
  const selection = { ...selectionOf(source, extent), number }
  for await (const page of pages(selection, source.access, 'ndjson', source.signal)) {
    rows.push(...readRows(page))
    if (rows.length > source.maxRows) return null
  }
  return { rows, width: 0 }
}

/** A part of the range that is loaded more exactly than in the windows of the whole range. */
export interface Detail extends Extent, Segment {}

/**
 * Loads the visible part of a range: its rows if they are few enough, else shorter windows. Returns null if that is not
 * more exact than the windows of the whole range.
 */
export async function loadDetail(
  source: Source,
  whole: Extent,
  visible: Extent,
  windows: Segment,
): Promise<Detail | null> {
  const margin = (visible.to - visible.from) * MARGIN
  const extent = { from: Math.max(whole.from, visible.from - margin), to: Math.min(whole.to, visible.to + margin) }
  const rows = rowCountIn(windows, extent.from, extent.to) <= source.maxRows ? await loadRows(source, extent) : null
  if (rows) return { ...extent, ...rows }
  const width = windowLength(extent)
  return width < windows.width ? { ...extent, ...(await loadWindows(source, extent, width)) } : null
}

/** Loads the newest rows of a range, in the order of their times. */
export async function loadNewest(source: Source, { from, to }: Extent, windows: Segment): Promise<Row[]> {
  const first = windows.rows[0]
  if (!first) return []
  let start = from
  for (const { time } of windows.rows.toReversed()) {
    start = Math.max(from, time)
    if (rowCountIn(windows, start + windows.width, to) >= TABLE_ROWS) break
  }
  const [timeColumn = 'time'] = Object.keys(first.cells)
  const number = String(TABLE_ROWS)
  const selection = { ...selectionOf(source, { from: start, to }), number, order_by: `${timeColumn},desc` }
  for await (const page of pages(selection, source.access, 'ndjson', source.signal)) return readRows(page).reverse()
  return []
}

/** What is loaded of a series. */
export interface SeriesData {
  series: SeriesSummary
  source: Source
  /** The whole range in windows: statistics are of these. */
  windows: Segment
  /** The whole range, if it has few rows. */
  whole: Detail | null
  /** The visible part of the range, more exactly. */
  detail: Detail | null
  /** The newest rows of the range, in the order of their times. */
  newest: readonly Row[]
  /** Rows that arrived later, while the page was live. */
  recent: readonly Row[]
}

/** Loads a range of a series, and a part of it that is visible. */
export async function loadSeries(
  series: SeriesSummary,
  source: Source,
  range: Extent,
  visible: Extent | null,
): Promise<SeriesData> {
  const windows = await loadWindows(source, range)
  const whole = await loadDetail(source, range, range, windows)
  const isComplete = whole !== null && whole.width === 0
  const [newest, detail] = await Promise.all([
    isComplete ? whole.rows : loadNewest(source, range, windows),
    isComplete || visible === null ? whole : loadDetail(source, range, visible, windows),
  ])
  return { series, source, windows, whole, detail, newest, recent: [] }
}

/** Loads the visible part of a series whose rows are not all loaded. */
export async function loadVisible(
  data: SeriesData,
  range: Extent,
  visible: Extent | null,
  signal: AbortSignal,
): Promise<SeriesData> {
  if (data.whole?.width === 0 || visible === null) return { ...data, detail: data.whole }
  return { ...data, detail: await loadDetail({ ...data.source, signal }, range, visible, data.windows) }
}

/** Loads the rows after a time, which is that of the last row. */
export async function loadRecent(source: Source, after: number): Promise<Row[]> {
  const { to: _, ...selection } = selectionOf(source, { from: Math.floor(after) + 1, to: after })
  const rows: Row[] = []
  for await (const page of pages(selection, source.access, 'ndjson', source.signal)) rows.push(...readRows(page))
  return rows
}
