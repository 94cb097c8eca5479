import { share } from '../lib/clients/shares.ts'
import { OTHER_CLIENT, unknownParameter } from '../lib/openapi/errors.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import { example, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_FIELD, PARTICIPANT_FIELD } from '../lib/openapi/reading.ts'
import { CLIENT_ID, SHARE_ID } from '../lib/openapi/samples.ts'

/** Members of a share, in requests and responses. */
export const SHARE_FIELDS = {
  name: 'A name for people, such as that of the page with the link.',
  participant_id: 'The participant that owns the series. Missing if the client itself owns them.',
  series: 'Sources that the share shows.',
  columns:
    'Columns that the share shows, besides the columns of times and those that the server adds. Missing for all.',
}

describeSchema(share, {
  id: 'Share',
  description: 'A share of measurements without its token.',
  fields: {
    share_id: 'Id of the share.',
    ...SHARE_FIELDS,
    created_by: 'Whether the admin token or an auth token of the client created it.',
    created_at: 'When it was created.',
    expires_at: 'When it expires.',
    last_used_at: 'A recent use: an hour older than the last one at most. Null before the first use.',
  },
})

export const SHARE = {
  share_id: SHARE_ID,
  name: 'CO2 for the neighbours',
  series: ['default'],
  columns: ['co2'],
  created_by: 'client',
  created_at: '2026-05-03T12:00:00.123Z',
  expires_at: '2026-06-02T12:00:00.000Z',
  last_used_at: null,
}

export const operations: Operations = {
  'GET /shares': {
    id: 'listShares',
    tag: 'Measurements',
    summary: 'List shares',
    description:
      'Lists the shares of a client and its participants that are valid, without their tokens. An auth token with a participant lists only those of that participant.',
    security: [{ authToken: ['download'] }, { adminToken: [] }],
    fields: { client_id: CLIENT_FIELD, participant_id: PARTICIPANT_FIELD },
    responses: {
      200: {
        description: 'The shares.',
        fields: { shares: 'The shares in the order of their creation.' },
        optionalHeaders: ['vary', 'content-encoding'],
      },
    },
    errors: [unknownParameter('limit'), OTHER_CLIENT],
    examples: {
      shares: example('The shares of the client', {}, { shares: [SHARE] }),
      admin: example(
        'The admin lists the shares of any client',
        { security: ['adminToken'], query: { client_id: CLIENT_ID } },
        { shares: [SHARE] },
      ),
    },
  },
}
