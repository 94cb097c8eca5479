import type { Operation } from '../lib/openapi/operation.ts'
import { SUBMISSION_ID } from '../lib/openapi/samples.ts'
import { handler } from './delete-submission.ts'
import { ID_FIELD, SUBMISSION_ERRORS } from './submission.docs.ts'

export const operations: readonly Operation[] = [
  {
    route: 'DELETE /submissions/{id}',
    handler,
    id: 'deleteSubmission',
    tag: 'Submissions',
    summary: 'Delete a submission',
    description: 'Deletes a submission and its contents permanently.',
    security: [{ authToken: ['download'] }, { adminToken: [] }],
    fields: ID_FIELD,
    responses: { 204: { description: 'The submission is deleted.' } },
    errors: SUBMISSION_ERRORS,
    examples: { one: { summary: 'One submission', sent: { path: { id: SUBMISSION_ID } }, status: 204 } },
  },
]
