import * as z from 'zod'
import { clientRead } from '../lib/access/access.ts'
import { readsMeasurements } from '../lib/access/reads-measurements.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { linkToNext } from '../lib/http/request.ts'
import { ANSWER_BYTES, bytesInAnswer, json } from '../lib/http/respond.ts'
import { clientId, source } from '../lib/measurements/parameters.ts'
import { findSeries, listSeries, type Series } from '../lib/store/series.ts'
import { spanOfSeries } from '../lib/store/span.ts'

const query = z.strictObject({ client_id: clientId.optional(), source: source.optional(), cursor: source.optional() })

const shown = ({ source, columns }: Series) => ({ source, columns: [...columns].sort() })

/** As many series after the cursor, which names one, as fit into an answer. */
function page(all: Series[], cursor: string | undefined) {
  const left = all.filter(({ source }) => cursor === undefined || source > cursor).map(shown)
  let bytes = 0
  const end = left.findIndex((each) => {
    bytes += bytesInAnswer(JSON.stringify(each))
    return bytes > ANSWER_BYTES
  })
  const series = end < 0 ? left : left.slice(0, end)
  return { series, next: end < 0 ? null : (series.at(-1)?.source ?? null) }
}

/**
 * GET /series: where measurements of a client are -> {"series": [{source, columns}]}, in pages where they are very
 * many; of one `source` also the times of its first and last row.
 */
export const handler = endpoint(
  {
    access: readsMeasurements,
    input: fromQuery(query),
  },
  async ({ request, input: { client_id, source, cursor }, caller }) => {
    const clientId = clientRead(caller, client_id)
    if (source === undefined) {
      const { series, next } = page(await listSeries(clientId), cursor)
      return json(200, { series }, linkToNext(request, next))
    }
    const series = await findSeries(clientId, source)
    return json(200, { series: series ? [{ ...shown(series), ...(await spanOfSeries(clientId, source)) }] : [] })
  },
)
