import { hash } from 'node:crypto'
import { describeSchema } from '../lib/openapi/fields.ts'
import { type ErrorExample, example, failure, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_ID, FILE, PARTICIPANT, RESPONSES, SUBMISSION_ID, UNKNOWN_ID } from '../lib/openapi/samples.ts'
import { submissionNotFound } from '../lib/submissions/read.ts'
import { content, submission, submittedFile } from '../lib/submissions/submission.ts'

describeSchema(submission, {
  id: 'Submission',
  description: 'A submission without its contents.',
  fields: {
    id: 'Derived from the contents: the same submission has the same id.',
    client_id: 'The app that sent it.',
    participant_id: 'The participant of the auth token.',
    participant_trusted: 'True if a confidential client named the participant.',
    responses: 'The JSON document, if there is one.',
  },
})
describeSchema(content, { fields: { size: 'Size in bytes.', sha256: 'SHA-256 in hexadecimal.' } })
describeSchema(submittedFile, { fields: { type: 'The media type.' } })

const digests = (text: string) => ({ size: text.length, sha256: hash('sha256', text, 'hex') })

export const SUBMISSION = {
  id: SUBMISSION_ID,
  client_id: CLIENT_ID,
  participant_id: PARTICIPANT,
  participant_trusted: false,
  received_at: '2026-05-03T12:00:00.123Z',
  responses: digests(RESPONSES),
  files: [{ name: 'notes.txt', type: 'text/plain', ...digests(FILE) }],
}

export const ID_FIELD = { id: 'Id of the submission, from `POST /submit`.' }

/** Errors of the endpoints of one submission. */
export const SUBMISSION_ERRORS: readonly ErrorExample[] = [
  { sent: { path: { id: 'first' } } },
  failure(submissionNotFound(), { path: { id: UNKNOWN_ID } }),
]

export const operations: Operations = {
  'GET /submissions/{id}': {
    id: 'getSubmission',
    tag: 'Submissions',
    summary: 'Get a submission',
    description: 'Returns one submission as `GET /submissions` lists it.',
    security: [{ authToken: ['download'] }, { adminToken: [] }],
    fields: ID_FIELD,
    responses: { 200: 'The submission.' },
    errors: SUBMISSION_ERRORS,
    examples: { one: example('One submission', { path: { id: SUBMISSION_ID } }, SUBMISSION) },
  },
}
