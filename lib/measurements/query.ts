import * as z from 'zod/mini'
import { expirySchema } from '../core/expiry.ts'
import { clientIdSchema } from '../core/identifiers.ts'
import { pageSizeSchema } from '../core/zod-helpers.ts'
import { toColumnName } from './column-name.ts'
import { type CellTest, makeBoundTest } from './compare.ts'
import { BLOCK_ROWS, LIMITS } from './limits.ts'
import { cursorSchema, digestSchema, parameterProblem, rangeTimeSchema, sourceSchema } from './parameters.ts'
import { csvOutputParameters } from './row-writers.ts'
import { isServerColumn, SERVER_COLUMNS } from './table.ts'
import type { TimeNotation } from './time-notation.ts'
import { windowParameters, windowPosition } from './window-parameters.ts'

const RESPONSE_FORMATS = ['html', 'csv', 'json', 'ndjson'] as const
export type ResponseFormat = (typeof RESPONSE_FORMATS)[number]

/** @limit Downloads | rows of a page, unless `number` requests another */
const PAGE_ROWS = 1_000
/** @limit Downloads | rows of a page that `number` may request */
const MAX_PAGE_ROWS = 10_000

/** Columns of a response: those that one series may have. With more, not even one row would fit. */
export const MAX_COLUMNS = LIMITS.seriesColumns + SERVER_COLUMNS.length

/** A parameter with a bound of a column. */
export const BOUND = /^(min|max)_(.+)$/s
const ORDER = /^(.+),\s*(asc|desc)$/is
const INVALID_ORDER = 'must be a column and a direction, as in time,desc'

/** The start of a series (`0`), or a block's key. */
const blockKey = z.string().check(z.regex(/^(?:0|\d{4}-[\d:.TZ-]{19}#[\w-]{22,40})$/))
const position = z.object({
  participant: z.optional(digestSchema),
  source: sourceSchema,
  block: blockKey,
  row: z.int().check(z.minimum(0), z.maximum(BLOCK_ROWS)),
  /** The first block to read for the next row; absent for the block itself. */
  first: z.optional(blockKey),
})

/** A position among rows: the last row of a page. */
export type Cursor = z.output<typeof position>

const rowParameters = {
  times: z.optional(z.enum(['sent', 'iso', 'unix'], 'must be sent, iso or unix')),
  cols: z.optional(
    z
      .pipe(
        z.string(),
        z.transform((text) => text.split(',').map(toColumnName)),
      )
      .check(z.refine((names) => names.every((name) => name !== ''), 'must be column names separated by commas')),
  ),
  number: pageSizeSchema(
    0,
    MAX_PAGE_ROWS,
    PAGE_ROWS,
    `must be at most ${MAX_PAGE_ROWS}; the Link header leads to the rest`,
  ),
  order_by: z.optional(
    z
      .pipe(
        z.string().check(z.regex(ORDER, INVALID_ORDER)),
        z.transform((text) => {
          const [, column = '', direction = ''] = ORDER.exec(text) ?? []
          return { column: toColumnName(column), descending: direction.toLowerCase() === 'desc' }
        }),
      )
      .check(z.refine(({ column }) => column !== '', INVALID_ORDER)),
  ),
  from: z.optional(rangeTimeSchema('from')),
  to: z.optional(rangeTimeSchema('to')),
  source: z.optional(sourceSchema),
  client_id: z.optional(clientIdSchema),
  participant_id: z.optional(sourceSchema),
  ...windowParameters,
  cursor: z.optional(cursorSchema(z.union([windowPosition, position]))),
  expires: z.optional(expirySchema),
  bounds: z.record(z.string(), z.string()),
}

/** Collects `min_<col>` and `max_<col>` in `bounds`. */
const collectBounds = z.transform((query: Record<string, unknown> | undefined, context) => {
  // The schema would not report these two names: Latchkey uses one, JavaScript the other.
  const keys = Object.keys(query ?? {}).filter((name) => name === 'bounds' || name === '__proto__')
  if (keys.length > 0) context.issues.push({ code: 'unrecognized_keys', input: query, keys })
  const entries = Object.entries(z.record(z.string(), z.string()).parse(query))
  const bounds = entries.filter(([name]) => BOUND.test(name))
  return { ...Object.fromEntries(entries.filter(([name]) => !BOUND.test(name))), bounds: Object.fromEntries(bounds) }
})

/** Parameters of /download. Unknown names are rejected. */
export const downloadQuery = z.pipe(
  collectBounds,
  z.strictObject({
    format: z.optional(z.enum(RESPONSE_FORMATS, 'must be html, csv, json or ndjson')),
    ...rowParameters,
    ...csvOutputParameters,
  }),
)

/** Parameters of /download/csv. */
export const csvQuery = z.pipe(collectBounds, z.strictObject({ ...rowParameters, ...csvOutputParameters }))
/** Parameters of /download/json. */
export const jsonQuery = z.pipe(collectBounds, z.strictObject(rowParameters))

export type DownloadQuery = z.output<typeof downloadQuery>

/** A query, resolved against the existing columns. */
export interface Selection {
  columns: string[]
  tests: { column: string; test: CellTest }[]
  order: { column: string; descending: boolean; isTime: boolean } | null
  /** The column with the effective time of each row, and its notation; null for times as they were sent. */
  times: { column: string; notation: TimeNotation } | null
  /** Columns to read; null for all. */
  read: string[] | null
}

/**
 * Resolves a query against the existing columns. An unknown column in `cols` is returned empty; one in a bound or an
 * order throws a `Problem` with the parameter. While a client has no data, every column is accepted, because dashboards
 * often exist before the first measurement.
 */
export function resolveQuery(
  query: DownloadQuery,
  existing: ReadonlySet<string>,
  timeColumns: readonly string[],
): Selection {
  const { times: notation = 'sent' } = query
  const times = notation === 'sent' ? null : { column: timeColumns[0] ?? 'time', notation }
  const isTime = (column: string): boolean => timeColumns.includes(column) || column === 'time_upload_utc'
  const requireColumn = (column: string, field: string): string => {
    if (existing.size === 0 || existing.has(column) || isServerColumn(column) || column === times?.column) return column
    throw parameterProblem(
      field,
      `names the column "${column.slice(0, LIMITS.columnNameCharacters)}", which does not exist in this selection`,
    )
  }

  const selected = query.cols ?? sortColumns(existing, timeColumns)
  if (selected.length > MAX_COLUMNS) {
    throw parameterProblem(
      'cols',
      `must name at most ${MAX_COLUMNS} columns, or source a single series: there are ${selected.length} columns`,
    )
  }
  const columns = times ? [times.column, ...selected.filter((name) => name !== times.column)] : selected
  const tests = Object.entries(query.bounds).map(([field, bound]) => {
    const [, side, name = ''] = BOUND.exec(field) ?? []
    const column = requireColumn(toColumnName(name), field)
    const test = bound === '' ? null : makeBoundTest(bound, side === 'min' ? 'min' : 'max', isTime(column))
    if (!test) throw parameterProblem(field, bound === '' ? 'must not be empty' : 'must be a time')
    return { column, test }
  })
  const order = query.order_by
    ? {
        ...query.order_by,
        column: requireColumn(query.order_by.column, 'order_by'),
        isTime: isTime(query.order_by.column),
      }
    : null
  const usedColumns = [...columns, ...tests.map(({ column }) => column), ...(order ? [order.column] : [])]
  // Only a block names its time column, so the times of rows need whole blocks.
  const needsTime = query.from !== undefined || query.to !== undefined || times !== null
  return { columns, tests, order, times, read: query.cols && !needsTime ? [...new Set(usedColumns)] : null }
}

/** Time columns first, then the others by name, then those that the server adds. */
function sortColumns(existing: ReadonlySet<string>, timeColumns: readonly string[]): string[] {
  const times = timeColumns.filter((name) => existing.has(name))
  const others = [...existing].filter((name) => !times.includes(name)).sort()
  return [...times, ...others, ...SERVER_COLUMNS]
}
