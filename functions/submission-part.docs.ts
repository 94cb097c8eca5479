import * as z from 'zod'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { FILE, RESPONSES, SUBMISSION_ID } from '../lib/openapi/samples.ts'
import { submissionNotFound } from '../lib/submissions/read.ts'
import { ID_FIELD } from './submission.docs.ts'

const binary = (description: string) => z.string().meta({ format: 'binary', description })

const bytes = {
  '*/*': binary('A file with its original media type.'),
  'application/json': z.unknown().describe('The JSON document, or a JSON file.'),
  'text/plain': z.string(),
}

export const operations: Operations = {
  'GET /submissions/{id}/{part}': {
    id: 'getSubmissionPart',
    tag: 'Submissions',
    summary: 'Download the document or a file of a submission',
    description:
      'Returns a part unchanged, with its original media type. Browsers save it and do not display it. A file that was sent by `POST /files` is in the bucket: the response redirects to a URL that is valid for five minutes. Follow it without the header Authorization, which S3 rejects there.',
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
        content: { '*/*': binary('A range of a file of another type.'), 'text/plain': z.string() },
        headers: ['content-disposition', 'accept-ranges', 'content-range'],
      },
      307: { description: 'The file is in the bucket, which accepts a Range too.', headers: ['location'] },
    },
    errors: [{ sent: { path: { part: 'first' } } }, failure(submissionNotFound(), { path: { part: '9' } })],
    examples: {
      responses: example(
        'The JSON document',
        { path: { id: SUBMISSION_ID, part: 'responses' } },
        JSON.parse(RESPONSES),
      ),
      file: example('The first file', { path: { id: SUBMISSION_ID, part: '1' } }, FILE, { contentType: 'text/plain' }),
      large: example('A large file', { path: { id: SUBMISSION_ID, part: '2' } }, undefined, { status: 307 }),
      range: example(
        'The first three bytes of a file',
        { path: { id: SUBMISSION_ID, part: '1' }, headers: { Range: 'bytes=0-2' } },
        FILE.slice(0, 3),
        { status: 206, contentType: 'text/plain' },
      ),
    },
  },
}
