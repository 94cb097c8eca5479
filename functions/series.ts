import * as z from 'zod'
import { clientRead } from '../lib/access/access.ts'
import { readsMeasurements } from '../lib/access/reads-measurements.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/respond.ts'
import { clientId, source } from '../lib/measurements/parameters.ts'
import { findSeries, listSeries, type Series } from '../lib/store/series.ts'
import { spanOfSeries } from '../lib/store/span.ts'

const query = z.strictObject({ client_id: clientId.optional(), source: source.optional() })

const shown = ({ source, columns }: Series) => ({ source, columns: [...columns].sort() })

/**
 * GET /series: where measurements of a client are -> {"series": [{source, columns}]}; of one `source` also the times of
 * its first and last row.
 */
export const handler = endpoint(
  {
    access: readsMeasurements,
    input: fromQuery(query),
  },
  async ({ input: { client_id, source }, caller }) => {
    const clientId = clientRead(caller, client_id)
    if (source === undefined) return json(200, { series: (await listSeries(clientId)).map(shown) })
    const series = await findSeries(clientId, source)
    return json(200, { series: series ? [{ ...shown(series), ...(await spanOfSeries(clientId, source)) }] : [] })
  },
)
