import * as z from 'zod/mini'
import { submissionReader } from '../lib/access/reads-submissions.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { findSubmissionFor, toResponse } from '../lib/submissions/read.ts'
import { submission, submissionId } from '../lib/submissions/submission.ts'

/** GET /submissions/{id}: returns a submission without its contents, as GET /submissions lists it. */
export const handler = endpoint(
  {
    access: submissionReader,
    input: fromPath(z.object({ id: submissionId })),
    responses: { 200: submission },
  },
  async ({ input: { id }, caller }) => json(200, toResponse(await findSubmissionFor(caller, id))),
)
