import * as z from 'zod/mini'
import { measurementReader } from '../lib/access/reads-measurements.ts'
import { resolveClientId } from '../lib/core/caller.ts'
import { expirySchema } from '../lib/core/expiry.ts'
import { clientIdSchema } from '../lib/core/identifiers.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { nextPageLink } from '../lib/http/request.ts'
import { json, jsonBytes, MAX_BODY_BYTES } from '../lib/http/response.ts'
import { sourceSchema } from '../lib/measurements/parameters.ts'
import { findSeries, type Series, seriesFrom } from '../lib/measurements/store/series.ts'
import { findTimeSpan } from '../lib/measurements/store/time-span.ts'

const query = z.strictObject({
  client_id: z.optional(clientIdSchema),
  source: z.optional(sourceSchema),
  cursor: z.optional(sourceSchema),
  expires: z.optional(expirySchema),
})

/** Times of the first and last row only if one source is named. */
export const seriesEntry = z.object({
  source: z.string(),
  columns: z.array(z.string()),
  first: z.optional(z.iso.datetime()),
  last: z.optional(z.iso.datetime()),
})

const toEntry = ({ source, columns }: Series) => ({ source, columns: [...columns].sort() })

/** Returns the series after the source `cursor` that fit into a response. */
async function listPage(clientId: string, cursor: string | undefined) {
  const series: ReturnType<typeof toEntry>[] = []
  let bytes = 0
  for await (const item of seriesFrom(clientId, cursor)) {
    if (item.source === cursor) continue
    const entry = toEntry(item)
    bytes += jsonBytes(JSON.stringify(entry))
    if (bytes > MAX_BODY_BYTES) return { series, next: series.at(-1)?.source ?? null }
    series.push(entry)
  }
  return { series, next: null }
}

/**
 * GET /series: returns the sources of a client and their columns in pages -> {"series": [{source, columns}]}. For one
 * `source`, it also returns the times of the first and last row.
 */
export const handler = endpoint(
  {
    access: measurementReader,
    input: fromQuery(query),
    responses: { 200: z.object({ series: z.array(seriesEntry) }) },
  },
  async ({ request, input: { client_id, source, cursor }, caller }) => {
    const clientId = resolveClientId(caller, client_id)
    if (source === undefined) {
      const { series, next } = await listPage(clientId, cursor)
      return json(200, { series }, nextPageLink(request, next))
    }
    const series = await findSeries(clientId, source)
    return json(200, { series: series ? [{ ...toEntry(series), ...(await findTimeSpan(clientId, source)) }] : [] })
  },
)
