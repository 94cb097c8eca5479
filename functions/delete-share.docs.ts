import { shareNotFound } from '../lib/clients/shares.ts'
import { OTHER_CLIENT } from '../lib/openapi/errors.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_FIELD } from '../lib/openapi/reading.ts'
import { CLIENT_ID, SHARE_ID } from '../lib/openapi/samples.ts'

export const operations: Operations = {
  'DELETE /shares/{share_id}': {
    id: 'deleteShare',
    tag: 'Measurements',
    summary: 'Revoke a share',
    description:
      'Revokes a share of a client or of its participants. The next request with its token is rejected. An auth token with a participant revokes only shares of that participant.',
    security: [{ authToken: ['download'] }, { adminToken: [] }],
    fields: { share_id: 'Id of the share.', client_id: CLIENT_FIELD },
    responses: { 204: 'The share is revoked.' },
    errors: [OTHER_CLIENT, failure(shareNotFound(), { path: { share_id: '0000000000000000' } }, 'An unknown share')],
    examples: {
      one: example('One share', { path: { share_id: SHARE_ID }, query: { client_id: CLIENT_ID } }, undefined, {
        status: 204,
      }),
    },
  },
}
