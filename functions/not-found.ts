import { allowAnyone } from '../lib/access/proof.ts'
import { Problem } from '../lib/core/problem.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import type { Request } from '../lib/http/request.ts'
import { empty } from '../lib/http/response.ts'

/**
 * Any other route: returns 404 as problem details. Every OPTIONS request gets 204, because API Gateway sends
 * preflight requests to this route, and browsers accept only a 2xx status. API Gateway adds the CORS headers. With
 * `SLASH_ROUTES=false`, a path that ends with a slash gets 308, which preserves method and body.
 */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: () => undefined,
    responses: {},
  },
  async ({ request }) => {
    if (request.method === 'OPTIONS') return empty(204)
    const location = pathWithoutSlash(request)
    if (location !== null) return empty(308, { location })
    throw new Problem('not_found', 'No endpoint has this method and path. See /docs.')
  },
)

/** The location is relative: a custom domain may add a prefix, and `//example.org/` must not lead to another host. */
function pathWithoutSlash({ path, rawQuery }: Request): string | null {
  const [, segment] = /([^/]+)\/$/.exec(path) ?? []
  // Read without `getSettings`, whose code would be two thirds of this function. The deployment has validated it.
  if (segment === undefined || process.env['SLASH_ROUTES']?.toLowerCase() !== 'false') return null
  return `../${encodeURIComponent(segment)}${rawQuery && `?${rawQuery}`}`
}
