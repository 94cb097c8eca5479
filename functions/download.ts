import { allowAnonymousIf } from '../lib/access/proof.ts'
import { isReadingOpen, measurementReader } from '../lib/access/reads-measurements.ts'
import { getSettings } from '../lib/config/settings.ts'
import { resolveOwner } from '../lib/core/caller.ts'
import { compressText } from '../lib/http/compress.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { nextPageLink, type Request, requestUrl } from '../lib/http/request.ts'
import { text } from '../lib/http/response.ts'
import { parameterProblem } from '../lib/measurements/parameters.ts'
import type { DownloadQuery, ResponseFormat } from '../lib/measurements/query.ts'
import { acceptedFormat } from '../lib/measurements/response-format.ts'
import { csvFormat, csvIssue, jsonFormat, ndjsonFormat, type RowFormat } from '../lib/measurements/row-writers.ts'
import { readPage } from '../lib/measurements/store/pages.ts'
import { readDownloadQuery } from '../lib/measurements/store/read-download-query.ts'
import { selectSeries, selectSharedSeries } from '../lib/measurements/store/select-series.ts'
import { encodeCursorFor } from '../lib/measurements/store/shared-cursor.ts'
import { readWindowPage } from '../lib/measurements/store/window-page.ts'
import { fixRelativeTimes } from '../lib/measurements/time-range.ts'
import { resolveDownload } from '../lib/measurements/window-query.ts'
import { type DataPage, dataPageFormat, opensPage, pageWithoutRows } from '../web/server/data-page.ts'

/**
 * GET /download: returns rows of one client as html, csv, json or ndjson. GET /download/csv and /download/json: the same in
 * one format. `Link: rel="next"` leads to the next page. A browser without credentials gets a page that asks for a token.
 */
export const handler = endpoint(
  {
    access: allowAnonymousIf(opensPage, measurementReader),
    input: readDownloadQuery,
    responses: {}, // the bodies are text
  },
  async ({ request, input: query, caller }) => {
    const isAnonymous = caller.kind === 'anonymous'
    const isPublic = (await isReadingOpen()) && (query.client_id ?? caller.clientId) === caller.clientId
    const { TIME_COLUMNS, EMBED_ORIGINS } = await getSettings('TIME_COLUMNS', 'EMBED_ORIGINS')
    if (isAnonymous && !isPublic && (await opensPage(request))) return pageWithoutRows(request.path, EMBED_ORIGINS)
    const owner = resolveOwner(caller, query)
    const isShare = caller.kind === 'share'
    const selection = isShare ? selectSharedSeries(caller, query, TIME_COLUMNS) : selectSeries(owner, query.source)
    const { columns, series } = await selection
    const { from, to, number, format: name = acceptedFormat(request.headers['accept']) } = query
    const times = query.times ?? (name === 'html' ? 'iso' : undefined)
    const selected = resolveDownload({ ...query, times }, columns, TIME_COLUMNS)
    const page = { path: request.path, open: isAnonymous, embedOrigins: EMBED_ORIGINS }
    const format = selectFormat(name, query, selected.columns, request, page)
    const range = { ...owner, series, from, to, number, format, deadline: request.deadline }
    const { lines, next } = await ('shape' in selected
      ? readWindowPage({ ...range, ...selected })
      : readPage({ ...range, ...selected }))
    const changes = next && { ...fixRelativeTimes(request.query, query), cursor: await encodeCursorFor(caller, next) }
    const link = changes && requestUrl(request, changes)
    const body = format.head + lines.join(format.between) + format.tail(link)
    // Many CSV readers do not show `Link`.
    const more = { ...nextPageLink(link), ...(link && { 'x-latchkey-more': 'true' }) }
    return compressText(request, text(format.contentType, body, { ...format.headers, vary: 'accept', ...more }))
  },
)

function selectFormat(
  format: ResponseFormat,
  query: DownloadQuery,
  columns: string[],
  request: Request,
  page: DataPage,
): RowFormat {
  const issue = csvIssue(format, query)
  if (issue) throw parameterProblem(...issue)
  if (format === 'csv') return csvFormat(columns, query)
  if (format === 'json') return jsonFormat(columns)
  if (format === 'ndjson') return ndjsonFormat(columns)
  const links = ['csv', 'json', 'ndjson'].map((name) => [name.toUpperCase(), requestUrl(request, { format: name })])
  return dataPageFormat(columns, Object.fromEntries(links), page)
}
