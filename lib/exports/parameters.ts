import * as z from 'zod/mini'
import { clientIdSchema } from '../core/identifiers.ts'
import { sourceSchema } from '../measurements/parameters.ts'
import { BOUND, type DownloadQuery, downloadQuery } from '../measurements/query.ts'
import { csvIssue } from '../measurements/row-writers.ts'
import { fixRelativeTimes } from '../measurements/time-range.ts'

export const EXPORT_FORMATS = ['csv', 'ndjson', 'parquet'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

const text = z.optional(
  z.union([z.string(), z.number(), z.boolean()], { error: 'must be a string, a number, true or false' }),
)

/** Parameters of GET /download that select rows and their notation. Those of pages and of the order are left out. */
const selection = {
  source: text,
  from: text,
  to: text,
  cols: text,
  times: text,
  every: text,
  agg: text,
  tz: text,
  fill: text,
  points: text,
  formulas: text,
  excel: text,
  delimiter: text,
  decimal: text,
}

/** Parameters of GET /download as texts, also `min_<column>` and `max_<column>`. */
export type QueryTexts = Readonly<Record<string, string>>

const INVALID_BOUND = 'must have names such as min_temp and max_temp'

/** What POST /exports requests, as a query of GET /download. */
export interface ExportRequest {
  format: ExportFormat
  client_id?: string | undefined
  participant_id?: string | undefined
  /** As sent. */
  texts: QueryTexts
  query: DownloadQuery
}

export const exportRequest = z.pipe(
  z.strictObject({
    format: z.enum(EXPORT_FORMATS, 'must be csv, ndjson or parquet'),
    client_id: z.optional(clientIdSchema),
    participant_id: z.optional(sourceSchema),
    ...selection,
    bounds: z.optional(
      z
        .record(z.string(), text)
        .check(z.refine((bounds) => Object.keys(bounds).every((name) => BOUND.test(name)), INVALID_BOUND)),
    ),
  }),
  z.transform(({ format, client_id, participant_id, bounds = {}, ...parameters }, context): ExportRequest => {
    const sent = Object.entries({ ...bounds, ...parameters }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    )
    const texts = Object.fromEntries(sent)
    const parsed = downloadQuery.safeParse(texts)
    const issues = (parsed.error?.issues ?? []).map(({ path, message }) => ({ path: [...path], message }))
    // JSON can have what a query cannot.
    const malformed = sent.find(([name, value]) => !`${name}${value}`.isWellFormed())
    if (malformed) issues.push({ path: [malformed[0].toWellFormed()], message: 'must be well-formed Unicode' })
    const conflict = parsed.data && csvIssue(format, parsed.data)
    if (conflict) issues.push({ path: [conflict[0]], message: conflict[1] })
    for (const issue of issues) context.issues.push({ code: 'custom', input: texts, ...issue })
    if (!parsed.data || issues.length > 0) return z.NEVER
    return { format, client_id, participant_id, texts, query: parsed.data }
  }),
)

/** The parameters of a request with absolute times, so that all files have the same range. */
export const fixTimes = ({ texts, query }: Pick<ExportRequest, 'texts' | 'query'>): QueryTexts => ({
  ...texts,
  ...fixRelativeTimes(new URLSearchParams(texts), query),
})
