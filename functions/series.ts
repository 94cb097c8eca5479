import * as z from 'zod/mini'
import { measurementReader } from '../lib/access/reads-measurements.ts'
import { resolveClientId } from '../lib/core/caller.ts'
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
})

/** Times of the first and last row only if one source is named. */
export const seriesEntry = z.object({
  source: z.string(),
  columns: z.array(z.string()),
  first: z.optional(z.iso.datetime()),
  last: z.optional(z.iso.datetime()),
})

const shown = ({ source, columns }: Series) => ({ source, columns: [...columns].sort() })

/** As many series after the cursor, which names one, as fit into an answer. */
async function page(clientId: string, cursor: string | undefined) {
  const series: ReturnType<typeof shown>[] = []
  let bytes = 0
  for await (const found of seriesFrom(clientId, cursor)) {
    if (found.source === cursor) continue
    const each = shown(found)
    bytes += jsonBytes(JSON.stringify(each))
    if (bytes > MAX_BODY_BYTES) return { series, next: series.at(-1)?.source ?? null }
    series.push(each)
  }
  return { series, next: null }
}

/**
 * GET /series: where measurements of a client are -> {"series": [{source, columns}]}, in pages where they are very
 * many; of one `source` also the times of its first and last row.
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
      const { series, next } = await page(clientId, cursor)
      return json(200, { series }, nextPageLink(request, next))
    }
    const series = await findSeries(clientId, source)
    return json(200, { series: series ? [{ ...shown(series), ...(await findTimeSpan(clientId, source)) }] : [] })
  },
)
