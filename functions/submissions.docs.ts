import { OTHER_CLIENT } from '../lib/openapi/errors.ts'
import { example, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_FIELD, CURSOR_FIELD, PARTICIPANT_FIELD, pageSize, timeField } from '../lib/openapi/reading.ts'
import { CLIENT_ID, PARTICIPANT } from '../lib/openapi/samples.ts'
import { SUBMISSION } from './submission.docs.ts'

export const operations: Operations = {
  'GET /submissions': {
    id: 'listSubmissions',
    tag: 'Submissions',
    summary: 'List submissions',
    description:
      'Lists the submissions of a client without their contents, newest first. `Link: <…>; rel="next"` leads to the next page. A page can have fewer entries than `number`, even none, and still have a next page. New submissions appear after a moment.',
    security: [{ authToken: ['download'] }, { adminToken: [] }],
    fields: {
      client_id: CLIENT_FIELD,
      participant_id: PARTICIPANT_FIELD,
      from: timeField('The earliest time of receipt'),
      to: timeField('The latest time of receipt'),
      number: pageSize('Submissions per page.', 1, 1_000, 100),
      cursor: CURSOR_FIELD,
    },
    responses: {
      200: { description: 'A page of submissions.', optionalHeaders: ['link', 'vary', 'content-encoding'] },
    },
    errors: [{ sent: { query: { number: 0 } } }, OTHER_CLIENT],
    examples: {
      own: example(
        'The submissions of a participant',
        { query: { participant_id: PARTICIPANT, number: 10 } },
        { submissions: [SUBMISSION] },
      ),
      admin: example(
        'The admin reads the submissions of any client',
        { security: ['adminToken'], query: { client_id: CLIENT_ID, from: '2020-01-01' } },
        { submissions: [SUBMISSION] },
      ),
    },
  },
}
