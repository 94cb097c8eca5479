import { allowAnyone } from '../lib/access/proof.ts'
import { Problem } from '../lib/core/problem.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { empty } from '../lib/http/response.ts'

/**
 * Any other route: returns 404 as problem details. Every OPTIONS request gets 204, because API Gateway sends
 * preflight requests to this route, and browsers accept only a 2xx status. API Gateway adds the CORS headers.
 */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: () => undefined,
    responses: {},
  },
  async ({ request }) => {
    if (request.method === 'OPTIONS') return empty(204)
    throw new Problem('not_found', 'No endpoint has this method and path. See /docs.')
  },
)
