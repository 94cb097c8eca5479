import * as z from 'zod'
import type { Operation } from '../lib/openapi/operation.ts'
import { submissionAccessErrors } from '../lib/openapi/reading.ts'
import { FILE, RESPONSES, SUBMISSION_ID } from '../lib/openapi/samples.ts'
import { submissionNotFound } from '../lib/submissions/read.ts'
import { ID_FIELD } from './submission.docs.ts'
import { handler } from './submission-part.ts'

const bytes = {
  'application/json': z.unknown().describe('The JSON document, or a JSON file.'),
  'text/plain': z.string(),
  '*/*': z.unknown().describe('A file with its original media type.'),
}

const part: Operation = {
  route: 'GET /submissions/{id}/{part}',
  handler,
  id: 'getSubmissionPart',
  tag: 'Submissions',
  summary: 'Download the document or a file of a submission',
  description: 'Returns a part unchanged, with its original media type. Browsers save it and do not display it.',
  security: [{ authToken: ['download'] }, { adminToken: [] }],
  fields: { ...ID_FIELD, part: '`responses` for the JSON document, or the number of a file, from 1.' },
  headers: {
    Range:
      'A byte range such as `bytes=0-99`. Multiple ranges and ranges beyond the end are ignored. Files of more than 4,700,000 bytes, which only an import can store, must be downloaded in ranges.',
  },
  responses: {
    200: { description: 'The contents.', content: bytes, headers: ['content-disposition', 'accept-ranges'] },
    206: {
      description: 'The requested range.',
      content: { 'text/plain': z.string(), '*/*': z.unknown().describe('A range of a file of another type.') },
      headers: ['content-disposition', 'accept-ranges', 'content-range'],
    },
  },
  errors: [
    { sent: { path: { part: 'first' } } },
    ...submissionAccessErrors('download', handler),
    { problem: submissionNotFound(), sent: { path: { part: '9' } } },
  ],
  examples: {
    responses: {
      summary: 'The JSON document',
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
