import * as z from 'zod/mini'
import { shareManager } from '../lib/access/manages-shares.ts'
import { revokeShare, shareIdSchema } from '../lib/clients/shares.ts'
import { resolveOwner } from '../lib/core/caller.ts'
import { clientIdSchema } from '../lib/core/identifiers.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath, fromQuery, withSchemas } from '../lib/http/input.ts'
import { empty } from '../lib/http/response.ts'
import { log } from '../lib/observability/log.ts'

const path = z.object({ share_id: shareIdSchema })
const query = z.strictObject({ client_id: z.optional(clientIdSchema) })

/** DELETE /shares/{share_id}: revokes a share of the caller -> 204. The next request with its token is rejected. */
export const handler = endpoint(
  {
    access: shareManager,
    input: withSchemas({ path, query }, async (request) => ({
      ...(await fromPath(path)(request)),
      ...(await fromQuery(query)(request)),
    })),
    responses: {},
  },
  async ({ request, input: { share_id, ...requested }, caller }) => {
    const owner = resolveOwner(caller, requested)
    await revokeShare(owner, share_id)
    log('share_revoked', { request_id: request.id, client_id: owner.clientId, share_id })
    return empty(204)
  },
)
