import * as z from 'zod/mini'
import { adminToken } from '../lib/access/admin-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { keyIdSchema, registeredId, removeDeviceKey } from '../lib/clients/device-keys.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath } from '../lib/http/input.ts'
import { empty } from '../lib/http/response.ts'

/** DELETE /clients/{client_id}/keys/{key_id}: removes a device key -> 204. The next request with its salt is rejected. */
export const handler = endpoint(
  {
    access: requireAnyOf(adminToken({ inQuery: false })),
    input: fromPath(z.object({ client_id: registeredId, key_id: keyIdSchema })),
    responses: {},
  },
  async ({ input: { client_id, key_id } }) => {
    await removeDeviceKey(client_id, key_id)
    return empty(204)
  },
)
