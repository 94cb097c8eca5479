import * as z from 'zod/mini'
import { shareManager } from '../lib/access/manages-shares.ts'
import { createdShare, createShare, newShareFields } from '../lib/clients/shares.ts'
import { resolveOwner } from '../lib/core/caller.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromJson } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { sharedViewFields } from '../lib/measurements/shared-view.ts'
import { requireSeries } from '../lib/measurements/store/shared-series.ts'
import { log } from '../lib/observability/log.ts'

/**
 * POST /shares: makes a read-only token for some series of the caller, and a link with it -> {share_id, token, url, …}.
 * Only this response contains the token.
 */
export const handler = endpoint(
  {
    access: shareManager,
    input: fromJson(z.strictObject({ ...newShareFields, ...sharedViewFields })),
    responses: { 200: createdShare },
  },
  async ({ request, input, caller }) => {
    const owner = resolveOwner(caller, input)
    await requireSeries(owner, input)
    const created = await createShare(owner, input, caller.kind, request.receivedAt)
    log('share_created', {
      request_id: request.id,
      client_id: owner.clientId,
      share_id: created.share_id,
      created_by: caller.kind,
    })
    return json(200, created)
  },
)
