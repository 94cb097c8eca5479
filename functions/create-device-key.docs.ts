import { IN_PROGRESS, idempotencyErrors, SAME_RESPONSE } from '../lib/openapi/idempotency.ts'
import { example, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_ID, KEY_ID, SALT } from '../lib/openapi/samples.ts'
import { CLIENT_ID_FIELD, UNKNOWN_CLIENT } from './device-keys.docs.ts'

export const operations: Operations = {
  'POST /clients/{client_id}/keys': {
    id: 'createDeviceKey',
    tag: 'Clients and tokens',
    summary: 'Add a device key to a client',
    description:
      'Adds a salt to a client, which has at most 10. The other keys stay valid: to replace one, add a key, change the devices, then remove the old key.',
    security: [{ adminToken: [] }],
    headers: SAME_RESPONSE,
    fields: {
      ...CLIENT_ID_FIELD,
      name: 'A name for people, such as that of the device.',
      salt: 'A salt of at least 16 characters that no other client has, for a device whose salt cannot change. Default: a random one.',
    },
    responses: {
      200: {
        description: 'The key is valid from now on.',
        fields: {
          key_id: 'Id of the key.',
          name: 'Its name.',
          salt: 'The salt. It is shown only in this response, and in those to a retry with the same `Idempotency-Key`.',
          created_at: 'When the key was added.',
        },
      },
    },
    errors: [
      UNKNOWN_CLIENT,
      { summary: 'A short salt', sent: { body: { name: 'greenhouse', salt: 'secret' } } },
      ...idempotencyErrors({ body: { name: 'another name' } }),
      IN_PROGRESS,
    ],
    examples: {
      random: example(
        'A random salt',
        { path: { client_id: CLIENT_ID }, body: { name: 'greenhouse' } },
        { key_id: KEY_ID, name: 'greenhouse', salt: SALT, created_at: '2026-05-03T12:00:00.123Z' },
      ),
    },
  },
}
