import * as z from 'zod'
import { authTokenErrors, ENCODING, exampleRequest, noCredentials, problemOf, STORAGE } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { AUTH_TOKEN, FILE, RESPONSES, SUBMISSION_ID } from '../lib/openapi/samples.ts'
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

const multipart = z.looseObject({
  auth_token,
  responses,
  file: z.array(bytes).optional().describe('Any number of files, each with a filename.'),
})
const urlencoded = z.looseObject({ auth_token, responses })

const accepted = { status: 'accepted', id: SUBMISSION_ID }

const FORM = 'application/x-www-form-urlencoded'

const formOf = (type: string, body: string) =>
  validateForm(parseForm(exampleRequest({ headers: { 'content-type': type }, rawBody: Buffer.from(body) })))

const submit: Operation = {
  route: 'POST /submit',
  handler,
  id: 'submit',
  tag: 'Submissions',
  summary: 'Submit a form with files',
  description: `Stores a JSON document and files under the participant of the auth token: all of it, or nothing. The same submission again is stored once. A token is valid for any number of submissions until it expires. Files can have any field name; the response lists other unknown fields in \`ignored\`.

At most ${files} files of ${fileBytes} bytes each, ${parts} parts, and about 4700000 bytes in total, because Lambda accepts 6 MB in base64.`,
  security: [{ authToken: ['upload'] }, {}],
  bodies: { 'multipart/form-data': multipart, [FORM]: urlencoded },
  responses: {
    200: {
      description: 'The submission is stored.',
      fields: { id: 'Id of the submission.', ignored: 'Names of ignored fields.' },
    },
  },
  errors: [
    { problem: problemOf(() => formOf(FORM, 'responses=%5B')), sent: { body: { responses: '[' } } },
    {
      problem: problemOf(() => formOf('multipart/form-data; boundary=b', '--a')),
      sent: { contentType: 'multipart/form-data; boundary=b', body: undefined, bytes: 'data:text/plain,--a' },
    },
    { problem: tooManyFiles(), summary: 'Too many files' },
    noCredentials(handler),
    ...authTokenErrors('upload'),
    { problem: partTooLarge('file number 1'), summary: 'A file is too large' },
    { problem: problemOf(() => formOf('application/json', '')), sent: { contentType: 'application/json' } },
    ENCODING,
    STORAGE,
  ],
  examples: {
    bearer: {
      summary: 'The token in the header',
      sent: { body: { responses: RESPONSES, file: [FILE] } },
      body: accepted,
    },
    collector: {
      summary: 'The token in the form, with an unknown field',
      sent: { security: [], body: { auth_token: AUTH_TOKEN, responses: RESPONSES, expires: '20260503T133000Z' } },
      body: { ...accepted, ignored: ['expires'] },
    },
    urlencoded: {
      summary: 'Without files, form-urlencoded',
      sent: {
        security: [],
        contentType: FORM,
        body: { auth_token: AUTH_TOKEN, responses: RESPONSES },
      },
      body: accepted,
    },
  },
}

export const operations: readonly Operation[] = [submit]
