import * as z from 'zod/mini'
import { submissionDeleter } from '../lib/access/reads-submissions.ts'
import { releaseFiles } from '../lib/files/attachments.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath } from '../lib/http/input.ts'
import { empty } from '../lib/http/response.ts'
import { findSubmissionFor } from '../lib/submissions/read.ts'
import { deleteSubmission, removeContents } from '../lib/submissions/store.ts'
import { submissionId } from '../lib/submissions/submission.ts'

/** DELETE /submissions/{id}: deletes a submission with its contents -> 204, or 404 if it does not exist. */
export const handler = endpoint(
  {
    access: submissionDeleter,
    input: fromPath(z.object({ id: submissionId })),
    responses: {},
  },
  async ({ input: { id }, caller }) => {
    const manifest = await findSubmissionFor(caller, id)
    await deleteSubmission(manifest, (ids) => releaseFiles(ids, id, Date.now()))
    // The submission is deleted; the scheduled clean-up removes contents that remain. Files in the bucket are removed later.
    await removeContents(manifest).catch(() => undefined)
    return empty(204)
  },
)
