import * as z from 'zod/mini'
import { adminToken } from '../lib/access/admin-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { deviceKey, listDeviceKeys, registeredId } from '../lib/clients/device-keys.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'

/** GET /clients/{client_id}/keys: lists the device keys of a client, without their salts. */
export const handler = endpoint(
  {
    access: requireAnyOf(adminToken({ inQuery: false })),
    input: fromPath(z.object({ client_id: registeredId })),
    responses: { 200: z.object({ keys: z.array(deviceKey) }) },
  },
  async ({ input: { client_id } }) => json(200, { keys: await listDeviceKeys(client_id) }),
)
