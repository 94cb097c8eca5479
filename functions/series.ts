import * as z from 'zod/mini'
import { measurementReader } from '../lib/access/reads-measurements.ts'
import { type DataOwner, resolveOwner } from '../lib/core/caller.ts'
import { expirySchema } from '../lib/core/expiry.ts'
import { clientIdSchema } from '../lib/core/identifiers.ts'
import { compressText } from '../lib/http/compress.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { nextPageLink, requestUrl } from '../lib/http/request.ts'
import { json, jsonBytes, MAX_BODY_BYTES } from '../lib/http/response.ts'
import { cursorSchema, digestSchema, encodeCursor, sourceSchema } from '../lib/measurements/parameters.ts'
import { compareSeries, type SeriesId, toSeriesId } from '../lib/measurements/store/keys.ts'
import { findSeriesOfSource } from '../lib/measurements/store/select-series.ts'
import { type Series, seriesFrom } from '../lib/measurements/store/series.ts'
import { seriesEntry, toSeriesEntry } from '../lib/measurements/store/series-entry.ts'
import { listShared, withTimes } from '../lib/measurements/store/series-list.ts'
import { findParkedRanges, parkedRange } from '../lib/opensensemap/store-parked-ranges.ts'

const query = z.strictObject({
  client_id: z.optional(clientIdSchema),
  participant_id: z.optional(sourceSchema),
  source: z.optional(sourceSchema),
  cursor: z.optional(cursorSchema(z.object({ participant: z.optional(digestSchema), source: sourceSchema }))),
  expires: z.optional(expirySchema),
})

/** Times that were not sent to openSenseMap are only in the entry of one source. */
export const listedSeries = z.extend(seriesEntry, { parked: z.optional(z.array(parkedRange)) })

/** The entries of a source with their times, and for those who may know with the times that are parked. */
async function listSource(owner: DataOwner, source: string, showsParked: boolean) {
  const found = await findSeriesOfSource(owner, source)
  const parkedOf = (series: Series) => (showsParked ? findParkedRanges(owner.clientId, series) : [])
  const [entries, parked] = await Promise.all([withTimes(owner, found), Promise.all(found.map(parkedOf))])
  return entries.map((entry, index) => ({ ...entry, ...(parked[index]?.length && { parked: parked[index] }) }))
}

/** Returns the series after `cursor` that fit into a response. */
async function listPage(owner: DataOwner, cursor: SeriesId | undefined) {
  const series: ReturnType<typeof toSeriesEntry>[] = []
  let bytes = 0
  let last: SeriesId | null = null
  for await (const item of seriesFrom(owner, cursor)) {
    const id = toSeriesId(item)
    if (cursor && compareSeries(id, cursor) === 0) continue
    const entry = toSeriesEntry(item)
    bytes += jsonBytes(JSON.stringify(entry))
    if (bytes > MAX_BODY_BYTES) return { series, next: last && encodeCursor(last) }
    series.push(entry)
    last = id
  }
  return { series, next: null }
}

/**
 * GET /series: returns the sources of a client and their columns in pages -> {"series": [{source, columns}]}. For one
 * `source`, it also returns the times of the first and last row, and those that are parked. A share token lists only what it shows, on one page.
 */
export const handler = endpoint(
  {
    access: measurementReader,
    input: fromQuery(query),
    responses: { 200: z.object({ series: z.array(listedSeries) }) },
  },
  async ({ request, input: { source, cursor, ...requested }, caller }) => {
    const owner = resolveOwner(caller, requested)
    if (caller.kind === 'share') return compressText(request, json(200, { series: await listShared(caller, source) }))
    if (source === undefined) {
      const { series, next } = await listPage(owner, cursor)
      return compressText(request, json(200, { series }, nextPageLink(next && requestUrl(request, { cursor: next }))))
    }
    const showsParked = caller.kind === 'admin' || caller.kind === 'client'
    return compressText(request, json(200, { series: await listSource(owner, source, showsParked) }))
  },
)
