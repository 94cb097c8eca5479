import { clientNotFound, deviceKey } from '../lib/clients/device-keys.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_ID, KEY_ID, UNKNOWN_ID } from '../lib/openapi/samples.ts'

describeSchema(deviceKey, {
  id: 'DeviceKey',
  description: 'A device key without its salt.',
  fields: {
    key_id: 'Id of the key.',
    name: 'A name for people; null for the salt of the registration.',
    created_at: 'When the key was added.',
    last_used_at: 'A recent use: an hour older than the last one at most. Null before the first use.',
  },
})

export const CLIENT_ID_FIELD = { client_id: 'The client that the key belongs to.' }
export const UNKNOWN_CLIENT = failure(clientNotFound(), { path: { client_id: UNKNOWN_ID } }, 'An unknown client')

export const operations: Operations = {
  'GET /clients/{client_id}/keys': {
    id: 'listDeviceKeys',
    tag: 'Clients and tokens',
    summary: 'List the device keys of a client',
    description:
      'Lists the salts with which devices of the client sign uploads, or which they send as a device key. The first was registered with the client.',
    security: [{ adminToken: [] }],
    fields: CLIENT_ID_FIELD,
    responses: {
      200: { description: 'The device keys.', fields: { keys: 'The keys in the order of their creation.' } },
    },
    errors: [UNKNOWN_CLIENT],
    examples: {
      keys: example(
        'The key of the registration',
        { path: { client_id: CLIENT_ID } },
        { keys: [{ key_id: KEY_ID, name: null, created_at: '2026-05-03T12:00:00.123Z', last_used_at: null }] },
      ),
    },
  },
}
