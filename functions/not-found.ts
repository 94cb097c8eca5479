import { allowAnyone } from '../lib/access/proof.ts'
import { Problem } from '../lib/core/problem.ts'
import { endpoint } from '../lib/http/endpoint.ts'

/** Any other route: returns 404 as problem details. */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: () => undefined,
    responses: {},
  },
  async () => {
    throw new Problem('not_found', 'No endpoint has this method and path. See /docs.')
  },
)
