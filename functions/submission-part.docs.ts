import * as z from 'zod'
import type { Operation } from '../lib/openapi/operation.ts'
import { SUBMISSION_READER_ERRORS } from '../lib/openapi/reading.ts'
import { FILE, RESPONSES, SUBMISSION_ID } from '../lib/openapi/samples.ts'
import { submissionNotFound } from '../lib/submissions/read.ts'
import { ID_FIELD } from './submission.docs.ts'
import { handler } from './submission-part.ts'

const bytes = {
  'application/json': z.unknown().describe('The document with the answers, or a file that was sent as JSON.'),
  'text/plain': z.string(),
  '*/*': z.unknown().describe('A file, of the type that it was sent with.'),
}

const part: Operation = {
  route: 'GET /submissions/{id}/{part}',
  handler,
  id: 'getSubmissionPart',
  tag: 'Submissions',
  summary: 'Fetch the document or a file of a submission',
  description:
    'Gives a part byte for byte as it was sent, with the media type that it was sent with, to be saved: browsers do not show it.',
  security: [{ authToken: ['download'] }, { adminToken: [] }],
  fields: { ...ID_FIELD, part: '`responses` for the document with the answers, or the number of a file, from 1.' },
  headers: {
    Range:
      'So many bytes only, as in `bytes=0-99`. Several ranges at once, or one beyond the end, count as none. A file of more than 4,700,000 bytes, which only an import can bring, has to be asked for in ranges.',
  },
  responses: {
    200: { description: 'The bytes.', content: bytes, headers: ['content-disposition', 'accept-ranges'] },
    206: {
      description: 'The bytes of the range.',
      content: { 'text/plain': z.string(), '*/*': z.unknown().describe('Bytes of a file of another type.') },
      headers: ['content-disposition', 'accept-ranges', 'content-range'],
    },
  },
  errors: [
    { sent: { path: { part: 'first' } } },
    ...SUBMISSION_READER_ERRORS,
    { problem: submissionNotFound(), sent: { path: { part: '9' } } },
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

export const operations: readonly Operation[] = [part]
