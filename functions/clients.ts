import * as z from 'zod/mini'
import { adminToken } from '../lib/access/admin-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { listClientsPage, listedClient } from '../lib/clients/list.ts'
import { clientIdSchema } from '../lib/core/identifiers.ts'
import { pageSizeSchema } from '../lib/core/zod-helpers.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { nextPageLink, requestUrl } from '../lib/http/request.ts'
import { json } from '../lib/http/response.ts'

/** @limit Downloads | clients of a page that `number` may request */
const MAX_PAGE_SIZE = 1_000

const query = z.strictObject({
  number: pageSizeSchema(1, MAX_PAGE_SIZE, 100, `must be from 1 to ${MAX_PAGE_SIZE}`),
  /** The last client of the previous page. */
  cursor: z.optional(clientIdSchema),
})

/** GET /clients: lists the registered clients without their secrets, in pages -> {"clients": [...]}. */
export const handler = endpoint(
  {
    access: requireAnyOf(adminToken({ inQuery: false })),
    input: fromQuery(query),
    responses: { 200: z.object({ clients: z.array(listedClient) }) },
  },
  async ({ request, input: { number, cursor } }) => {
    const { clients, next } = await listClientsPage(number, cursor)
    return json(200, { clients }, nextPageLink(next && requestUrl(request, { cursor: next })))
  },
)
