import { OTHER_CLIENT } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { CLIENT_FIELD, CURSOR_FIELD, pageSize, SUBMISSION_READER_ERRORS, timeField } from '../lib/openapi/reading.ts'
import { CLIENT_ID, PARTICIPANT } from '../lib/openapi/samples.ts'
import { SUBMISSION } from './submission.docs.ts'
import { handler } from './submissions.ts'

export const operations: readonly Operation[] = [
  {
    route: 'GET /submissions',
    handler,
    id: 'listSubmissions',
    tag: 'Submissions',
    summary: 'List submissions',
    description:
      'Lists what a client has submitted, without the contents, the newest first. `Link: <…>; rel="next"` leads to the next page; a page may hold fewer than `number`, even none, and still have a next one. What was submitted a moment ago may not be listed yet.',
    security: [{ authToken: ['download'] }, { adminToken: [] }],
    fields: {
      client_id: CLIENT_FIELD,
      participant_id: 'Of one participant only.',
      from: timeField('The earliest time of receipt'),
      to: timeField('The latest time of receipt'),
      number: pageSize('Submissions of a page.', 1, 1_000, 100),
      cursor: CURSOR_FIELD,
    },
    responses: { 200: { description: 'A page of submissions.', optionalHeaders: ['link'] } },
    errors: [{ sent: { query: { number: 0 } } }, OTHER_CLIENT, ...SUBMISSION_READER_ERRORS],
    examples: {
      own: {
        summary: 'Of the own client',
        sent: { query: { participant_id: PARTICIPANT, number: 10 } },
        body: { submissions: [SUBMISSION] },
      },
      admin: {
        summary: 'The admin, of any client',
        sent: { security: ['adminToken'], query: { client_id: CLIENT_ID, from: '2020-01-01' } },
        body: { submissions: [SUBMISSION] },
      },
    },
  },
]
