import { lifetimeTooLong } from '../lib/clients/shares.ts'
import { otherClient } from '../lib/core/caller.ts'
import { parameterProblem } from '../lib/measurements/parameters.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_ID, ISSUER, SHARE_TOKEN, UNKNOWN_ID } from '../lib/openapi/samples.ts'
import { SHARE, SHARE_FIELDS } from './shares.docs.ts'

const BODY = { name: SHARE.name, series: SHARE.series }
const CREATED = { ...SHARE, token: SHARE_TOKEN, url: `${ISSUER}/download#share=${SHARE_TOKEN}` }

export const operations: Operations = {
  'POST /shares': {
    id: 'createShare',
    tag: 'Measurements',
    summary: 'Share series by a link',
    description:
      'Creates a token that only reads some series of the caller, in `/download` and `/series`, until it expires. The link opens the data page; its token is in the fragment, which browsers send to no server. The share also ends when it is revoked, when its client is disabled or removed, and when the tokens of the client are revoked. A repeated request creates another share.',
    security: [{ authToken: ['download'] }, { adminToken: [] }],
    fields: {
      ...SHARE_FIELDS,
      client_id: 'The client that owns the series. Only the admin can name another client. Default: the caller’s own.',
      participant_id:
        'The participant that owns the series. The auth token of a participant shares only the series of that participant.',
      series: 'Sources that the share shows: 1 to 20 existing ones.',
      columns:
        'Existing columns that the share shows, 1 to 100, besides the columns of times and those that the server adds. Default: all.',
      expires_in: 'Seconds until the share expires, at least 60. Default: 30 days. `SHARE_DAYS_MAX` limits it.',
    },
    responses: {
      200: {
        description: 'The share is valid from now on.',
        fields: {
          token: 'The share token. It is shown only in this response.',
          url: 'The link to the data page, with the token.',
        },
      },
    },
    errors: [
      { sent: { body: { ...BODY, expires_in: 1 } } },
      failure(lifetimeTooLong(31_536_000), { body: { ...BODY, expires_in: 31_536_001 } }, 'A lifetime above the limit'),
      failure(
        parameterProblem('series', 'must name existing series'),
        { body: { ...BODY, series: ['cellar'] } },
        'An unknown series',
      ),
      failure(otherClient(), { body: { ...BODY, client_id: UNKNOWN_ID } }, 'Series of another client'),
    ],
    examples: {
      columns: example(
        'One column of a series',
        { body: { ...BODY, client_id: CLIENT_ID, columns: SHARE.columns } },
        CREATED,
      ),
      week: example(
        'All columns, for a week',
        { body: { ...BODY, expires_in: 604_800 } },
        { ...CREATED, columns: undefined, expires_at: '2026-05-10T12:00:00.000Z' },
      ),
    },
  },
}
