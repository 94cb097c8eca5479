import { allowAnyone } from '../lib/access/caller.ts'
import { getSettings } from '../lib/config/settings.ts'
import { unreachableTables } from '../lib/dynamodb/health.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'

/** GET /health: up, which version, and whether the tables answer; 503 when one does not. */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: () => undefined,
  },
  async () => {
    const { VERSION } = await getSettings('VERSION')
    const unreachable = await unreachableTables()
    return json(unreachable.length === 0 ? 200 : 503, {
      status: unreachable.length === 0 ? 'ok' : 'degraded',
      version: VERSION,
      unreachable,
    })
  },
)
