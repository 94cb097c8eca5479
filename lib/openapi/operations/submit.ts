import * as z from 'zod'
import { handler } from '../../../functions/submit.ts'
import { SUBMISSION_LIMITS } from '../../submissions/limits.ts'
import type { Operation } from '../operation.ts'
import { authTokenRefused, invalidField, STORAGE, wantedToken } from '../refusals.ts'
import { AUTH_TOKEN, FILE, RESPONSES, SUBMISSION_ID } from '../samples.ts'
import { submissionId } from './submissions.ts'

const { files, fileBytes, parts } = SUBMISSION_LIMITS

const auth_token = z
  .string()
  .optional()
  .describe('An auth token with the scope `upload`, where it is not sent as a Bearer.')
const responses = z.string().optional().describe('A JSON document, stored byte for byte.')
// Renderers offer to choose a file by this format, which OpenAPI 3.0 had.
const bytes = z.string().meta({ format: 'binary', contentMediaType: 'application/octet-stream' })

const multipart = z.looseObject({
  auth_token,
  responses,
  file: z.array(bytes).optional().describe('Any number of files, each with a filename.'),
})
const urlencoded = z.looseObject({ auth_token, responses })

const accepted = { status: 'accepted', id: SUBMISSION_ID }

export const submit: Operation = {
  route: 'POST /submit',
  handler,
  id: 'submit',
  tag: 'Submissions',
  summary: 'Submit answers and files',
  description: `Stores a document of answers and files under the participant of the auth token: all of it, or none. The same, sent again, is stored once. A token may be used for many submissions until it expires. Files may have any field name; fields that mean nothing here are named in the answer (\`ignored\`).

At most ${files} files of ${fileBytes} bytes each, ${parts} parts, and about 4700000 bytes in all, since Lambda takes 6 MB in base64.`,
  security: [{ authToken: ['upload'] }, {}],
  bodies: { 'multipart/form-data': multipart, 'application/x-www-form-urlencoded': urlencoded },
  answers: {
    200: {
      description: 'It is stored.',
      content: {
        'application/json': z.object({
          status: z.literal('accepted'),
          id: submissionId.describe('Names the submission.'),
          ignored: z.array(z.string()).optional().describe('Names of fields that were left aside.'),
        }),
      },
    },
  },
  refused: [
    invalidField('responses', 'must be a JSON document', { body: { responses: '[' } }),
    {
      code: 'body_invalid',
      detail:
        'The body is not a multipart form: it does not begin with the boundary of its Content-Type, or ends before the last one.',
      issues: [
        {
          field: 'body',
          detail: 'it does not begin with the boundary of its Content-Type, or ends before the last one',
        },
      ],
      sent: { contentType: 'multipart/form-data; boundary=b', body: undefined, bytes: 'data:text/plain,--a' },
    },
    {
      code: 'limit_exceeded',
      summary: 'Too many files',
      detail: `A submission may hold at most ${files} files. Send them in parts.`,
    },
    {
      code: 'credentials_missing',
      detail: `Send ${wantedToken('upload')}, or an auth token with scope upload in the field auth_token.`,
      sent: { security: [] },
    },
    ...authTokenRefused('upload'),
    {
      code: 'body_too_large',
      summary: 'A file is too large',
      detail: `file number 1 has more than ${fileBytes} bytes. Send it in slices.`,
      issues: [{ field: 'file', detail: `larger than ${fileBytes} bytes` }],
    },
    {
      code: 'content_type_unsupported',
      detail: 'Send Content-Type: multipart/form-data (with a boundary) or application/x-www-form-urlencoded.',
      sent: { contentType: 'application/json' },
    },
    {
      code: 'content_encoding_unsupported',
      detail: 'Send the body as it is, or with Content-Encoding: gzip.',
      headers: { 'accept-encoding': 'gzip' },
      sent: { headers: { 'Content-Encoding': 'br' } },
    },
    STORAGE,
  ],
  examples: {
    bearer: {
      summary: 'The token in the header',
      sent: { body: { responses: RESPONSES, file: [FILE] } },
      body: accepted,
    },
    collector: {
      summary: 'The token in the form, with a field that means nothing here',
      sent: { security: [], body: { auth_token: AUTH_TOKEN, responses: RESPONSES, expires: '20260503T133000Z' } },
      body: { ...accepted, ignored: ['expires'] },
    },
    urlencoded: {
      summary: 'Without files, urlencoded',
      sent: {
        security: [],
        contentType: 'application/x-www-form-urlencoded',
        body: { auth_token: AUTH_TOKEN, responses: RESPONSES },
      },
      body: accepted,
    },
  },
}
