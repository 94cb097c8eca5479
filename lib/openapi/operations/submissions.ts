import { createHash } from 'node:crypto'
import * as z from 'zod'
import { handler as remove } from '../../../functions/delete-submission.ts'
import { handler as one } from '../../../functions/submission.ts'
import { handler as part } from '../../../functions/submission-part.ts'
import { handler as list } from '../../../functions/submissions.ts'
import type { ErrorExample, Operation } from '../operation.ts'
import { authTokenRefused, invalidField, missing, NOT_ADMIN, STORAGE, wantedToken } from '../refusals.ts'
import { CLIENT_ID, FILE, PARTICIPANT, RESPONSES, SUBMISSION_ID, UNKNOWN_ID } from '../samples.ts'
import { client_id, pageFields } from './reading.ts'

export const submissionId = z.string().regex(/^[0-9a-f]{32}$/)
const content = {
  size: z.int().min(0).describe('Bytes.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 of them, in hexadecimal.'),
}
const submission = z
  .object({
    id: submissionId.describe('Made of what was submitted: the same, sent again, has the same.'),
    client_id: z.string().describe('The app that has sent it.'),
    participant_id: z.string().optional().describe('The participant of the auth token.'),
    participant_trusted: z.boolean().optional().describe('Whether a confidential client has named the participant.'),
    received_at: z.iso.datetime(),
    responses: z.object(content).optional().describe('The document with the answers, where there is one.'),
    files: z.array(z.object({ name: z.string(), type: z.string().describe('Its media type.'), ...content })),
  })
  .meta({ id: 'Submission', description: 'What was submitted, without the contents.' })

const facts = (text: string) => ({ size: text.length, sha256: createHash('sha256').update(text).digest('hex') })

const EXAMPLE = {
  id: SUBMISSION_ID,
  client_id: CLIENT_ID,
  participant_id: PARTICIPANT,
  participant_trusted: false,
  received_at: '2026-05-03T12:00:00.123Z',
  responses: facts(RESPONSES),
  files: [{ name: 'notes.txt', type: 'text/plain', ...facts(FILE) }],
}

const refusedReader: readonly ErrorExample[] = [
  missing(`the admin token as Authorization: Bearer, or ${wantedToken('download')}`),
  NOT_ADMIN,
  ...authTokenRefused('download'),
  STORAGE,
]

const notThere = (path: Record<string, string>): ErrorExample => ({
  code: 'not_found',
  detail: 'There is no such submission.',
  sent: { path },
})

const many: Operation = {
  route: 'GET /submissions',
  handler: list,
  id: 'listSubmissions',
  tag: 'Submissions',
  summary: 'List submissions',
  description:
    'Lists what a client has submitted, without the contents, the newest first. `Link: <…>; rel="next"` leads to the next page; a page may hold fewer than `number`, even none, and still have a next one. What was submitted a moment ago may not be listed yet.',
  security: [{ authToken: ['download'] }, { adminToken: [] }],
  fields: {
    client_id,
    participant_id: 'Of one participant only.',
    from: pageFields.time('The earliest time of receipt'),
    to: pageFields.time('The latest time of receipt'),
    number: pageFields.number('Submissions of a page.', 1, 1_000, 100),
    cursor: pageFields.cursor,
  },
  answers: {
    200: {
      description: 'A page of submissions.',
      content: { 'application/json': z.object({ submissions: z.array(submission) }) },
      perhaps: ['link'],
    },
  },
  refused: [
    invalidField('number', 'must be from 1 to 1000', { query: { number: 0 } }),
    {
      code: 'not_allowed',
      summary: 'The data of another client',
      detail: 'Only the admin may read the data of another client.',
      sent: { query: { client_id: UNKNOWN_ID } },
    },
    ...refusedReader,
  ],
  examples: {
    own: {
      summary: 'Of the own client',
      sent: { query: { participant_id: PARTICIPANT, number: 10 } },
      body: { submissions: [EXAMPLE] },
    },
    admin: {
      summary: 'The admin, of any client',
      sent: { security: ['adminToken'], query: { client_id: CLIENT_ID, from: '2020-01-01' } },
      body: { submissions: [EXAMPLE] },
    },
  },
}

const single: Operation = {
  ...many,
  route: 'GET /submissions/{id}',
  handler: one,
  id: 'getSubmission',
  summary: 'Look at a submission',
  description: 'Gives what `GET /submissions` lists, of one submission.',
  fields: { id: 'The submission, as `POST /submit` has named it.' },
  answers: { 200: { description: 'The submission.', content: { 'application/json': submission } } },
  refused: [
    invalidField('id', 'must be 32 hexadecimal digits', { path: { id: 'first' } }),
    ...refusedReader,
    notThere({ id: UNKNOWN_ID }),
  ],
  examples: { one: { summary: 'One submission', sent: { path: { id: SUBMISSION_ID } }, body: EXAMPLE } },
}

const bytes = {
  'application/json': z.unknown().describe('The document with the answers, or a file that was sent as JSON.'),
  'text/plain': z.string(),
  '*/*': z.unknown().describe('A file, of the type that it was sent with.'),
}

const contents: Operation = {
  ...single,
  route: 'GET /submissions/{id}/{part}',
  handler: part,
  id: 'getSubmissionPart',
  summary: 'Fetch the document or a file of a submission',
  description:
    'Gives a part byte for byte as it was sent, with the media type that it was sent with, to be saved: browsers do not show it.',
  fields: { ...single.fields, part: '`responses` for the document with the answers, or the number of a file, from 1.' },
  headers: {
    Range:
      'So many bytes only, as in `bytes=0-99`. Several ranges at once, or one beyond the end, count as none. A file of more than 4,700,000 bytes, which only an import can bring, has to be asked for in ranges.',
  },
  answers: {
    200: { description: 'The bytes.', content: bytes, always: ['content-disposition', 'accept-ranges'] },
    206: {
      description: 'The bytes of the range.',
      content: { 'text/plain': z.string(), '*/*': z.unknown().describe('Bytes of a file of another type.') },
      always: ['content-disposition', 'accept-ranges', 'content-range'],
    },
  },
  refused: [
    invalidField('part', 'must be responses, or the number of a file from 1', { path: { part: 'first' } }),
    ...refusedReader,
    notThere({ part: '9' }),
  ],
  examples: {
    responses: {
      summary: 'The document with the answers',
      sent: { path: { id: SUBMISSION_ID, part: 'responses' } },
      contentType: 'application/json',
      body: JSON.parse(RESPONSES),
    },
    file: {
      summary: 'The first file',
      sent: { path: { id: SUBMISSION_ID, part: '1' } },
      contentType: 'text/plain',
      body: FILE,
    },
    range: {
      summary: 'The first three bytes of a file',
      sent: { path: { id: SUBMISSION_ID, part: '1' }, headers: { Range: 'bytes=0-2' } },
      status: 206,
      contentType: 'text/plain',
      body: FILE.slice(0, 3),
    },
  },
}

const removal: Operation = {
  ...single,
  route: 'DELETE /submissions/{id}',
  handler: remove,
  id: 'deleteSubmission',
  summary: 'Remove a submission',
  description: 'Removes a submission with its contents, for good.',
  answers: { 204: { description: 'It is gone.' } },
  examples: { one: { summary: 'One submission', sent: { path: { id: SUBMISSION_ID } }, status: 204 } },
}

export const submissions = [many, single, contents, removal]
