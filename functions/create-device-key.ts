import * as z from 'zod/mini'
import { adminToken } from '../lib/access/admin-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { createDeviceKey, createdDeviceKey, newDeviceKey, registeredId } from '../lib/clients/device-keys.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { fromJson, fromPath, withSchemas } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { runIdempotent } from '../lib/jobs/run-idempotent.ts'

const path = z.object({ client_id: registeredId })

/**
 * POST /clients/{client_id}/keys: adds a device key to a client -> {key_id, name, salt, created_at}. Only this response,
 * and those of the same Idempotency-Key, contain the salt.
 */
export const handler = endpoint(
  {
    access: requireAnyOf(adminToken({ inQuery: false })),
    input: withSchemas({ path, json: newDeviceKey }, async (request) => ({
      ...(await fromPath(path)(request)),
      ...(await fromJson(newDeviceKey)(request)),
    })),
    responses: { 200: createdDeviceKey },
  },
  async ({ input, request }) => {
    const key = parseIdempotencyKey(request)
    const idempotent = { key, scope: ['device-key'], input, result: createdDeviceKey, deadline: request.deadline }
    const create = () => createDeviceKey(input.client_id, input, request.receivedAt)
    return json(200, await runIdempotent(idempotent, create))
  },
)
