import type { Aggregate } from './aggregate.ts'
import { INVALID_CURSOR, parameterProblem } from './parameters.ts'
import { type Cursor, type DownloadQuery, MAX_COLUMNS, resolveQuery, type Selection } from './query.ts'
import { isServerColumn } from './table.ts'
import type { WindowCursor } from './window-parameters.ts'
import { fitsTimeZone, makeWindowFinder, type WindowFinder } from './windows.ts'

/** @limit Downloads | columns whose values `points` compares */
const MAX_POINT_COLUMNS = 50

/** A query whose result consists of rows. */
export interface RowQuery {
  /** Columns of the response. */
  columns: string[]
  selection: Selection
  cursor: Cursor | undefined
}

/** A query whose result consists of windows of rows. */
export interface WindowQuery {
  /** Columns of the response. */
  columns: string[]
  /** What to read, without the column of times that the response adds. */
  selection: Selection
  /** Columns of the selection whose values are aggregated or compared. */
  values: readonly string[]
  shape: Aggregates | Points
  cursor: WindowCursor | undefined
}

/** One row for each window. */
export interface Aggregates {
  find: WindowFinder
  aggregates: readonly Aggregate[]
  fillsGaps: boolean
  /** Whether the response has the column `box`. */
  hasBox: boolean
}

/** The rows with the lowest and the highest values of each window: about this number for each series. */
export interface Points {
  points: number
}

type Columns = ReadonlySet<string>

/** Resolves a query against the existing columns, as `resolveQuery` does. Throws a `Problem` for parameters that do not apply. */
export function resolveDownload(
  query: DownloadQuery,
  existing: Columns,
  timeColumns: readonly string[],
): RowQuery | WindowQuery {
  const { every, points, cursor } = query
  if (every === undefined) reject(query, ['agg', 'tz', 'fill'], 'needs every')
  if (every === undefined && points === undefined) {
    if (cursor && !('block' in cursor)) throw parameterProblem('cursor', INVALID_CURSOR)
    const selection = resolveQuery(query, existing, timeColumns)
    return { columns: selection.columns, selection, cursor }
  }
  reject(query, ['order_by'], 'cannot be combined with every or points: their order is that of sources and times')
  if (cursor && 'block' in cursor) throw parameterProblem('cursor', INVALID_CURSOR)
  const resolved = every
    ? resolveAggregates({ ...query, every }, existing, timeColumns)
    : resolvePoints(query, existing, timeColumns)
  return { ...resolved, cursor }
}

function reject(query: DownloadQuery, names: readonly (keyof DownloadQuery)[], detail: string): void {
  const name = names.find((field) => query[field] !== undefined)
  if (name !== undefined) throw parameterProblem(name, detail)
}

function resolveAggregates(
  query: DownloadQuery & { every: NonNullable<DownloadQuery['every']> },
  existing: Columns,
  timeColumns: readonly string[],
): Omit<WindowQuery, 'cursor'> {
  const { every, tz, agg: aggregates = ['mean'], times = 'iso' } = query
  reject(query, ['points'], 'cannot be combined with every')
  if (times === 'sent') throw parameterProblem('times', 'must be iso or unix with every: a window has no time as sent')
  if (tz !== undefined && !fitsTimeZone(every))
    throw parameterProblem('every', 'must be at most 24h with tz, or whole days')
  const cols = query.cols ?? valueColumns([...existing].sort(), timeColumns, ['box'])
  const selection = resolveQuery({ ...query, times, cols: [...new Set(cols)] }, existing, timeColumns)
  const values = selection.columns.filter((name) => name !== 'box' && name !== selection.times?.column)
  const hasBox = selection.columns.includes('box')
  const names = values.flatMap((name) => aggregates.map((aggregate) => `${name}_${aggregate}`))
  const columns = [...timeColumn(selection), ...(hasBox ? ['box'] : []), ...names]
  if (columns.length > MAX_COLUMNS) {
    const detail = `must name fewer columns: with agg, the response would have ${columns.length}, of at most ${MAX_COLUMNS}`
    throw parameterProblem('cols', detail)
  }
  const fillsGaps = query.fill === 'null'
  const shape = { find: makeWindowFinder(every, tz), aggregates, fillsGaps, hasBox }
  return { columns, selection: { ...selection, columns: values, read: null }, values, shape }
}

function resolvePoints(
  query: DownloadQuery,
  existing: Columns,
  timeColumns: readonly string[],
): Omit<WindowQuery, 'cursor'> {
  const selection = resolveQuery(query, existing, timeColumns)
  const columns = selection.columns.filter((name) => name !== selection.times?.column)
  const values = valueColumns(columns, timeColumns)
  if (values.length > MAX_POINT_COLUMNS) {
    const detail = `must name at most ${MAX_POINT_COLUMNS} columns of values with points: there are ${values.length}`
    throw parameterProblem('cols', detail)
  }
  const shape = { points: query.points ?? 0 }
  return { columns: selection.columns, selection: { ...selection, columns, read: null }, values, shape }
}

const timeColumn = ({ times }: Selection): string[] => (times ? [times.column] : [])

/** The columns that are not those of times, boxes or the server. */
const valueColumns = (columns: readonly string[], timeColumns: readonly string[], others: readonly string[] = []) =>
  columns.filter(
    (name) => others.includes(name) || (name !== 'box' && !timeColumns.includes(name) && !isServerColumn(name)),
  )
