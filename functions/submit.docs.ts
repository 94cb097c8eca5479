import * as z from 'zod'
import { fileBeingSubmitted, fileInUse, fileNotReady, unknownUpload } from '../lib/files/attachments.ts'
import { ENCODING, exampleRequest, noCredentials } from '../lib/openapi/errors.ts'
import { idempotencyErrors, idempotencyHeader } from '../lib/openapi/idempotency.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { AUTH_TOKEN, FILE, FILE_ID, RESPONSES, SUBMISSION_ID, UNKNOWN_ID } from '../lib/openapi/samples.ts'
import { parseForm, partTooLarge, tooManyFiles, validateForm } from '../lib/submissions/form.ts'
import { SUBMISSION_LIMITS } from '../lib/submissions/limits.ts'
import { handler } from './submit.ts'

const { files, fileBytes, parts } = SUBMISSION_LIMITS

const auth_token = z
  .string()
  .optional()
  .describe('An auth token with the scope `upload`, unless the request has `Authorization: Bearer`.')
const responses = z.string().optional().describe('A JSON document, stored unchanged.')
// Renderers offer to choose a file by this format, which OpenAPI 3.0 had.
const bytes = z.string().meta({ format: 'binary', contentMediaType: 'application/octet-stream' })

const upload = z
  .array(z.string())
  .optional()
  .describe('Ids of large files, from `POST /files` with the purpose `submission`, in the state `stored`.')

const multipart = z.looseObject({
  auth_token,
  responses,
  file: z.array(bytes).optional().describe('Any number of files, each with a filename.'),
  upload,
})
const urlencoded = z.looseObject({ auth_token, responses, upload })

const accepted = { status: 'accepted', id: SUBMISSION_ID }

const FORM = 'application/x-www-form-urlencoded'

const formOf = (type: string, body: string) =>
  validateForm(parseForm(exampleRequest({ headers: { 'content-type': type }, rawBody: Buffer.from(body) })))

export const operations: Operations = {
  'POST /submit': {
    id: 'submit',
    tag: 'Submissions',
    summary: 'Submit a form with files',
    description: `Stores a JSON document and files under the participant of the auth token: all of it, or nothing. A repeat under the same auth token or \`Idempotency-Key\` is stored once; different tokens make different submissions. A token is valid for any number of submissions until it expires. Files can have any field name; the response lists other unknown fields in \`ignored\`.

At most ${files} files, of ${fileBytes} bytes each in the form, ${parts} parts, and about 4700000 bytes in total, because Lambda accepts 6 MB in base64. Send larger files by \`POST /files\`, and their ids in \`upload\`. A large file belongs to one submission, which has its files in the order of the form.`,
    security: [{ authToken: ['upload'] }, {}],
    headers: idempotencyHeader(
      'a retry with the same key is the same submission, also with a new auth token. It belongs to the client and the participant.',
    ),
    bodies: { 'multipart/form-data': multipart, [FORM]: urlencoded },
    responses: {
      200: {
        description: 'The submission is stored.',
        fields: { id: 'Id of the submission.', ignored: 'Names of ignored fields.' },
      },
    },
    errors: [
      failure(() => formOf(FORM, 'responses=%5B'), { body: { responses: '[' } }),
      failure(() => formOf('multipart/form-data; boundary=b', '--a'), {
        contentType: 'multipart/form-data; boundary=b',
        body: undefined,
        bytes: 'data:text/plain,--a',
      }),
      noCredentials(handler),
      failure(unknownUpload(), { body: { upload: [UNKNOWN_ID] } }, 'Not the id of an own file'),
      failure(fileNotReady(), { body: { upload: [FILE_ID] } }, 'A large file is not stored yet'),
      failure(fileBeingSubmitted(), { body: { upload: [FILE_ID] } }, 'Another request submits the same large file'),
      failure(fileInUse(), { body: { upload: [FILE_ID] } }, 'A large file belongs to another submission'),
      failure(tooManyFiles(), {}, 'Too many files'),
      failure(partTooLarge('file number 1'), {}, 'A file is too large'),
      failure(() => formOf('application/json', ''), { contentType: 'application/json' }),
      ENCODING,
      ...idempotencyErrors({ body: { responses: '[]' } }),
    ],
    examples: {
      bearer: example('The token in the header', { body: { responses: RESPONSES, file: [FILE] } }, accepted),
      large: example('A large file, which is stored', { body: { responses: RESPONSES, upload: [FILE_ID] } }, accepted),
      collector: example(
        'The token in the form, with an unknown field',
        { security: [], body: { auth_token: AUTH_TOKEN, responses: RESPONSES, expires: '20260503T133000Z' } },
        { ...accepted, ignored: ['expires'] },
      ),
      urlencoded: example(
        'Without files, form-urlencoded',
        {
          security: [],
          contentType: FORM,
          body: { auth_token: AUTH_TOKEN, responses: RESPONSES },
        },
        accepted,
      ),
    },
  },
}
