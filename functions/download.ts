import { clientRead } from '../lib/access/access.ts'
import { readsMeasurements } from '../lib/access/reads-measurements.ts'
import { settings } from '../lib/config.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { address, type Request } from '../lib/http/request.ts'
import { text } from '../lib/http/respond.ts'
import { csvFormat, jsonFormat, ndjsonFormat, type RowFormat } from '../lib/measurements/formats-out.ts'
import { htmlFormat } from '../lib/measurements/html-out.ts'
import { type DownloadQuery, downloadQuery, encodeCursor, select } from '../lib/measurements/query.ts'
import { readPage } from '../lib/store/pages.ts'
import { findSeries, listSeries } from '../lib/store/series.ts'

/**
 * GET /download: rows of one client as html, csv, json or ndjson. Link: rel="next" leads from page to page until every
 * row was delivered once.
 */
export const handler = endpoint(
  {
    access: readsMeasurements,
    input: fromQuery(downloadQuery),
  },
  async ({ request, input: query, caller }) => {
    const clientId = clientRead(caller, query.client_id)
    const { TIME_COLUMNS } = await settings('TIME_COLUMNS')
    const series = await seriesOf(clientId, query.source)
    const selection = select(query, new Set(series.flatMap(({ columns }) => [...columns])), TIME_COLUMNS)
    const format = formatOf(query, selection.columns, request)
    const { from, to, number, cursor } = query
    const page = { clientId, series, selection, from, to, number, cursor, format, deadline: request.deadline }
    const { lines, next } = await readPage(page)

    const link = next && address(request, { cursor: encodeCursor(next) })
    const body = format.head + lines.join(format.between) + format.tail(link)
    return text(format.contentType, body, { ...format.headers, ...(link && { link: `<${link}>; rel="next"` }) })
  },
)

async function seriesOf(clientId: string, source: string | undefined) {
  if (source === undefined) return listSeries(clientId)
  const series = await findSeries(clientId, source)
  return series ? [series] : []
}

function formatOf({ format, formulas }: DownloadQuery, columns: string[], request: Request): RowFormat {
  if (format === 'csv') return csvFormat(columns, formulas)
  if (format === 'json') return jsonFormat(columns)
  if (format === 'ndjson') return ndjsonFormat(columns)
  const others = ['csv', 'json', 'ndjson'].map((other) => [other.toUpperCase(), address(request, { format: other })])
  return htmlFormat(columns, Object.fromEntries(others))
}
