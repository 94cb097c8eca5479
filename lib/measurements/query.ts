import * as z from 'zod/mini'
import { clientIdSchema } from '../core/identifiers.ts'
import { Problem } from '../core/problem.ts'
import { parsedString } from '../core/zod-helpers.ts'
import { boundTest, type CellTest } from './compare.ts'
import { BLOCK_ROWS, LIMITS } from './limits.ts'
import { INVALID_CURSOR, pageSizeSchema, sourceSchema, timeSchema } from './parameters.ts'
import { columnName, isServerColumn, SERVER_COLUMNS } from './table.ts'

/** @limit Downloads | rows of a page, unless `number` requests another */
const PAGE_ROWS = 1_000
/** @limit Downloads | rows of a page that `number` may request */
const PAGE_ROWS_MOST = 10_000

/** Columns of an answer: as many as one series may have. More of them would not fit beside a single row. */
const COLUMNS_SHOWN = LIMITS.seriesColumns + SERVER_COLUMNS.length

const BOUND = /^(min|max)_(.+)$/s
const ORDER = /^(.+),\s*(asc|desc)$/is
const NO_ORDER = 'must be a column and a direction, as in time,desc'

/** The beginning of a series, or a block's key. */
const block = z.string().check(z.regex(/^(?:0|\d{4}-[\d:.TZ-]{19}#[\w-]{22,40})$/))
const cursor = z.object({ source: sourceSchema, block, row: z.int().check(z.minimum(0), z.maximum(BLOCK_ROWS)) })

/** A place among rows: where a page ended. */
export type Cursor = z.output<typeof cursor>

export const encodeCursor = (place: Cursor): string => Buffer.from(JSON.stringify(place)).toString('base64url')

/** A cursor is ours, so how it is broken helps nobody. */
const cursorText = parsedString(
  (text) => cursor.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data,
  INVALID_CURSOR,
)

const known = {
  format: z._default(z.enum(['html', 'csv', 'json', 'ndjson'], 'must be html, csv, json or ndjson'), 'html'),
  cols: z.optional(
    z
      .pipe(
        z.string(),
        z.transform((text) => text.split(',').map(columnName)),
      )
      .check(z.refine((names) => names.every((name) => name !== ''), 'must be column names separated by commas')),
  ),
  number: pageSizeSchema(
    0,
    PAGE_ROWS_MOST,
    PAGE_ROWS,
    `must be at most ${PAGE_ROWS_MOST}; the Link header leads to the rest`,
  ),
  order_by: z.optional(
    z
      .pipe(
        z.string().check(z.regex(ORDER, NO_ORDER)),
        z.transform((text) => {
          const [, column = '', direction = ''] = ORDER.exec(text) ?? []
          return { column: columnName(column), descending: direction.toLowerCase() === 'desc' }
        }),
      )
      .check(z.refine(({ column }) => column !== '', NO_ORDER)),
  ),
  from: z.optional(timeSchema),
  to: z.optional(timeSchema),
  source: z.optional(sourceSchema),
  client_id: z.optional(clientIdSchema),
  formulas: z._default(z.enum(['defuse', 'keep'], 'must be defuse or keep'), 'defuse'),
  cursor: z.optional(cursorText),
  bounds: z.record(z.string(), z.string()),
}

/** Parameters of /download. `min_<col>` and `max_<col>` are gathered in `bounds`; any other name is refused. */
export const downloadQuery = z.pipe(
  z.transform((query: Record<string, unknown> | undefined, context) => {
    // Neither gets as far as the schema: one is taken by us, one by JavaScript.
    const keys = Object.keys(query ?? {}).filter((name) => name === 'bounds' || name === '__proto__')
    if (keys.length > 0) context.issues.push({ code: 'unrecognized_keys', input: query, keys })
    const entries = Object.entries(z.record(z.string(), z.string()).parse(query))
    const bounds = entries.filter(([name]) => BOUND.test(name))
    return { ...Object.fromEntries(entries.filter(([name]) => !BOUND.test(name))), bounds: Object.fromEntries(bounds) }
  }),
  z.strictObject(known),
)

export type DownloadQuery = z.output<typeof downloadQuery>

/** A query that has met the columns there are. */
export interface Selection {
  columns: string[]
  tests: { column: string; test: CellTest }[]
  order: { column: string; descending: boolean; isTime: boolean } | null
  /** Columns that have to be read; null for all. */
  read: string[] | null
}

/**
 * Matches a query with the columns that exist. A column of `cols` that does not exist comes empty; a bound or an order
 * on one is refused, naming the parameter. While a client has no data at all, every column will do: a dashboard is
 * often there before its first measurement.
 */
export function select(query: DownloadQuery, existing: ReadonlySet<string>, timeColumns: readonly string[]): Selection {
  const isTime = (column: string): boolean => timeColumns.includes(column) || column === 'time_upload_utc'
  const need = (column: string, field: string): string => {
    if (existing.size === 0 || existing.has(column) || isServerColumn(column)) return column
    throw refusal(
      field,
      `asks for the column "${column.slice(0, LIMITS.columnNameCharacters)}", which does not exist in this selection`,
    )
  }

  const columns = query.cols ?? inOrder(existing, timeColumns)
  if (columns.length > COLUMNS_SHOWN) {
    throw refusal('cols', `must name the columns that matter, or source one source: there are ${columns.length}`)
  }
  const tests = Object.entries(query.bounds).map(([field, bound]) => {
    const [, side, name = ''] = BOUND.exec(field) ?? []
    const column = need(columnName(name), field)
    const test = bound === '' ? null : boundTest(bound, side === 'min' ? 'min' : 'max', isTime(column))
    if (!test) throw refusal(field, bound === '' ? 'must not be empty' : 'must be a time')
    return { column, test }
  })
  const order = query.order_by
    ? { ...query.order_by, column: need(query.order_by.column, 'order_by'), isTime: isTime(query.order_by.column) }
    : null
  const touched = [...columns, ...tests.map(({ column }) => column), ...(order ? [order.column] : [])]
  // Rows are timed by a column that only their block names, so a range of times needs whole blocks.
  const needsTime = query.from !== undefined || query.to !== undefined
  return { columns, tests, order, read: query.cols && !needsTime ? [...new Set(touched)] : null }
}

/** Times first, then the other columns by name, then those that the server adds. */
function inOrder(existing: ReadonlySet<string>, timeColumns: readonly string[]): string[] {
  const times = timeColumns.filter((name) => existing.has(name))
  const others = [...existing].filter((name) => !times.includes(name)).sort()
  return [...times, ...others, ...SERVER_COLUMNS]
}

/** Refuses a parameter by its name. */
export const refusal = (field: string, detail: string): Problem =>
  new Problem('parameter_invalid', `${field} ${detail}.`, { issues: [{ field, detail }] })
