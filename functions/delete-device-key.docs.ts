import { keyNotFound } from '../lib/clients/device-keys.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_ID, KEY_ID } from '../lib/openapi/samples.ts'
import { CLIENT_ID_FIELD, UNKNOWN_CLIENT } from './device-keys.docs.ts'

const UNKNOWN_KEY = { path: { client_id: CLIENT_ID, key_id: '000000000000' } }

export const operations: Operations = {
  'DELETE /clients/{client_id}/keys/{key_id}': {
    id: 'deleteDeviceKey',
    tag: 'Clients and tokens',
    summary: 'Remove a device key',
    description: 'Removes a salt from a client. The next request with it is rejected.',
    security: [{ adminToken: [] }],
    fields: { ...CLIENT_ID_FIELD, key_id: 'Id of the key.' },
    responses: { 204: 'The key is removed.' },
    errors: [UNKNOWN_CLIENT, failure(keyNotFound(), UNKNOWN_KEY, 'An unknown key')],
    examples: {
      one: example('One key', { path: { client_id: CLIENT_ID, key_id: KEY_ID } }, undefined, { status: 204 }),
    },
  },
}
