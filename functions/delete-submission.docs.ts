import { example, type Operations } from '../lib/openapi/operation.ts'
import { SUBMISSION_ID } from '../lib/openapi/samples.ts'
import { ID_FIELD, SUBMISSION_ERRORS } from './submission.docs.ts'

export const operations: Operations = {
  'DELETE /submissions/{id}': {
    id: 'deleteSubmission',
    tag: 'Submissions',
    summary: 'Delete a submission',
    description:
      'Deletes a submission and its contents permanently. Its large files are deleted from the bucket within minutes.',
    security: [{ authToken: ['delete'] }, { adminToken: [] }],
    fields: ID_FIELD,
    responses: { 204: 'The submission is deleted.' },
    errors: SUBMISSION_ERRORS,
    examples: { one: example('One submission', { path: { id: SUBMISSION_ID } }, undefined, { status: 204 }) },
  },
}
