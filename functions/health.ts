import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { getSettings } from '../lib/config/settings.ts'
import { unreachableTables } from '../lib/dynamodb/health.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'

const health = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  unreachable: z.array(z.string()),
})

/** GET /health: returns the version, and the tables that do not respond; 503 if there are any. */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: () => undefined,
    responses: { 200: health, 503: health },
  },
  async () => {
    const { VERSION } = await getSettings('VERSION')
    const unreachable = await unreachableTables()
    return unreachable.length === 0
      ? json(200, { status: 'ok', version: VERSION, unreachable })
      : json(503, { status: 'degraded', version: VERSION, unreachable })
  },
)
