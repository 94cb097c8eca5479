import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { parameterProblem } from '../measurements/parameters.ts'
import { type DownloadQuery, downloadQuery } from '../measurements/query.ts'
import { csvFormat, ndjsonFormat } from '../measurements/row-writers.ts'
import { toSpoolLine } from '../measurements/spool.ts'
import { type RowsAt, readAllRows } from '../measurements/store/all-rows.ts'
import { selectSeries } from '../measurements/store/select-series.ts'
import { type RowQuery, resolveDownload, type WindowQuery } from '../measurements/window-query.ts'
import type { LineFormat } from './new-file.ts'
import { type ExportFormat, type ExportRequest, fixTimes, type QueryTexts } from './parameters.ts'

/**
 * They are stored with the export.
 * @limit Exports | bytes of the names of all columns, in JSON
 */
const COLUMN_BYTES = 200_000

/** What an export contains. It does not change while the files are written, so that all have the same columns. */
export interface Plan {
  format: ExportFormat
  query: QueryTexts
  /** Columns that are read: names in `cols`. */
  columns: string[]
  time_columns: string[]
}

/** Resolves a request against the existing columns. Throws a `Problem`, as GET /download does. */
export async function planExport(owner: DataOwner, request: ExportRequest): Promise<Plan> {
  const { format, query } = request
  const { TIME_COLUMNS } = await getSettings('TIME_COLUMNS')
  const { columns: existing } = await selectSeries(owner, query.source)
  const cols = query.cols && [...new Set(query.cols)]
  const columns = readColumns(resolveDownload({ ...query, cols }, existing, TIME_COLUMNS))
  if (Buffer.byteLength(JSON.stringify(columns)) > COLUMN_BYTES) throw tooLongNames()
  return { format, query: fixTimes(request), columns, time_columns: [...TIME_COLUMNS] }
}

const tooLongNames = () =>
  parameterProblem('cols', `must name fewer columns: their names have more than ${COLUMN_BYTES} bytes`)

/** Names in `cols` that give this query again, whatever columns exist then. */
const readColumns = (resolved: RowQuery | WindowQuery): string[] =>
  'shape' in resolved && 'aggregates' in resolved.shape
    ? [...(resolved.shape.hasBox ? ['box'] : []), ...resolved.values]
    : resolved.columns

/** A plan, resolved. */
export interface ResolvedPlan {
  query: DownloadQuery
  rows: RowQuery | WindowQuery
  /** Columns that are timestamps in Parquet. */
  timestamps: ReadonlySet<string>
}

/** Resolves a plan. `cursor` is the position to resume at. */
export function resolvePlan({ query: texts, columns, time_columns }: Plan, cursor: string | undefined): ResolvedPlan {
  const query = z.parse(downloadQuery, { ...texts, ...(cursor !== undefined && { cursor }) })
  // Without existing columns, every name is accepted: creating the export has checked them.
  const resolved = resolveDownload({ ...query, cols: [...columns] }, new Set(), time_columns)
  // Without `cols`, whole blocks are read.
  const selection = { ...resolved.selection, ...(query.cols === undefined && { read: null }) }
  const { times } = selection
  return {
    query,
    rows: { ...resolved, selection },
    timestamps: new Set(['time_upload_utc', ...(times?.notation === 'iso' ? [times.column] : [])]),
  }
}

/** All rows of a plan, from its cursor on. */
export async function* rowsOf(owner: DataOwner, { query, rows }: ResolvedPlan): AsyncGenerator<RowsAt> {
  const { series } = await selectSeries(owner, query.source)
  yield* readAllRows({ ...owner, series, from: query.from, to: query.to, ...rows })
}

/** How each row is written; rows of Parquet are converted later. */
export const lineFormat = (format: ExportFormat, { query, rows: { columns } }: ResolvedPlan): LineFormat =>
  format === 'csv'
    ? csvFormat(columns, query)
    : format === 'ndjson'
      ? ndjsonFormat(columns)
      : { head: '', row: toSpoolLine }
