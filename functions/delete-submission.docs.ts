import type { Operation } from '../lib/openapi/operation.ts'
import { SUBMISSION_ID } from '../lib/openapi/samples.ts'
import { handler } from './delete-submission.ts'
import { ID_FIELD, submissionErrors } from './submission.docs.ts'

export const operations: readonly Operation[] = [
  {
    route: 'DELETE /submissions/{id}',
    handler,
    id: 'deleteSubmission',
    tag: 'Submissions',
    summary: 'Delete a submission',
    description: 'Deletes a submission and its contents permanently.',
    security: [{ authToken: ['delete'] }, { adminToken: [] }],
    fields: ID_FIELD,
    responses: { 204: { description: 'The submission is deleted.' } },
    errors: submissionErrors('delete', handler),
    examples: { one: { summary: 'One submission', sent: { path: { id: SUBMISSION_ID } }, status: 204 } },
  },
]
