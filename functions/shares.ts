import * as z from 'zod/mini'
import { shareManager } from '../lib/access/manages-shares.ts'
import { listShares, share } from '../lib/clients/shares.ts'
import { resolveOwner } from '../lib/core/caller.ts'
import { clientIdSchema } from '../lib/core/identifiers.ts'
import { compressText } from '../lib/http/compress.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { sourceSchema } from '../lib/measurements/parameters.ts'

const query = z.strictObject({ client_id: z.optional(clientIdSchema), participant_id: z.optional(sourceSchema) })

/** GET /shares: lists the shares of a client, or of one participant, without their tokens -> {"shares": […]}. */
export const handler = endpoint(
  {
    access: shareManager,
    input: fromQuery(query),
    responses: { 200: z.object({ shares: z.array(share) }) },
  },
  async ({ request, input, caller }) => {
    const shares = await listShares(resolveOwner(caller, input), request.receivedAt)
    return compressText(request, json(200, { shares }))
  },
)
