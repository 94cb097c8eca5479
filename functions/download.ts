import { allowAnonymousIf } from '../lib/access/proof.ts'
import { isReadingOpen, measurementReader } from '../lib/access/reads-measurements.ts'
import { getSettings } from '../lib/config/settings.ts'
import { resolveClientId } from '../lib/core/caller.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { prefersHtml, type Request, requestUrl } from '../lib/http/request.ts'
import { text } from '../lib/http/response.ts'
import { type DownloadQuery, downloadQuery, encodeCursor, resolveQuery } from '../lib/measurements/query.ts'
import { csvFormat, jsonFormat, ndjsonFormat, type RowFormat } from '../lib/measurements/row-writers.ts'
import { listColumns } from '../lib/measurements/store/columns.ts'
import { readPage } from '../lib/measurements/store/pages.ts'
import { findSeries, seriesFrom } from '../lib/measurements/store/series.ts'
import { dataPageFormat, pageWithoutRows } from '../web/server/data-page.ts'

/** A browser that shows a page has no way to send credentials with it: the page asks for them. */
const asksForPage = async (request: Request) =>
  prefersHtml(request) && (request.query.get('format') ?? 'html') === 'html'

/**
 * GET /download: rows of one client as html, csv, json or ndjson. Link: rel="next" leads from page to page until every
 * row was delivered once. A browser without credentials gets a page without rows that asks for a token.
 */
export const handler = endpoint(
  {
    access: allowAnonymousIf(asksForPage, measurementReader),
    input: fromQuery(downloadQuery),
    responses: {}, // rows are streamed into text
  },
  async ({ request, input: query, caller }) => {
    const isAnonymous = caller.kind === 'anonymous'
    const isOpenTo = (await isReadingOpen()) && (query.client_id ?? caller.clientId) === caller.clientId
    if (isAnonymous && !isOpenTo && (await asksForPage(request))) return pageWithoutRows(request.path)
    const clientId = resolveClientId(caller, query.client_id)
    const { TIME_COLUMNS } = await getSettings('TIME_COLUMNS')
    const { columns, series } = await lookedAt(clientId, query.source)
    const selection = resolveQuery(query, columns, TIME_COLUMNS)
    const format = formatOf(query, selection.columns, request, isAnonymous)
    const { from, to, number, cursor } = query
    const page = { clientId, series, selection, from, to, number, cursor, format, deadline: request.deadline }
    const { lines, next } = await readPage(page)

    const link = next && requestUrl(request, { cursor: encodeCursor(next) })
    const body = format.head + lines.join(format.between) + format.tail(link)
    return text(format.contentType, body, { ...format.headers, ...(link && { link: `<${link}>; rel="next"` }) })
  },
)

/** One series, or all of them; of all, no more are read than a page needs. */
async function lookedAt(clientId: string, source: string | undefined) {
  if (source === undefined) {
    return { columns: await listColumns(clientId), series: (from?: string) => seriesFrom(clientId, from) }
  }
  const found = await findSeries(clientId, source)
  return {
    columns: found?.columns ?? new Set<string>(),
    series: (from = '') => (found && found.source >= from ? [found] : []),
  }
}

function formatOf(query: DownloadQuery, columns: string[], request: Request, open: boolean): RowFormat {
  const { format, formulas } = query
  if (format === 'csv') return csvFormat(columns, formulas)
  if (format === 'json') return jsonFormat(columns)
  if (format === 'ndjson') return ndjsonFormat(columns)
  const others = ['csv', 'json', 'ndjson'].map((other) => [other.toUpperCase(), requestUrl(request, { format: other })])
  return dataPageFormat(columns, Object.fromEntries(others), { path: request.path, open })
}
