import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { ownerOf } from '../lib/core/caller.ts'
import { attachFiles, requireSubmissionFiles } from '../lib/files/attachments.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { json } from '../lib/http/response.ts'
import { parseForm, resolveUploads, validateForm } from '../lib/submissions/form.ts'
import { formToken } from '../lib/submissions/form-token.ts'
import { findSubmissionFiles, storeSubmission } from '../lib/submissions/store.ts'
import { bucketFileIds, concatenateContents, describeSubmission, submissionId } from '../lib/submissions/submission.ts'

/** Number of ignored fields that a response names. */
const MAX_IGNORED_NAMES = 20

const accepted = z.object({
  status: z.literal('accepted'),
  id: submissionId,
  ignored: z.optional(z.array(z.string())),
})

/**
 * POST /submit: stores a form with auth_token, responses (a JSON document), files, and ids of large files in `upload` ->
 * {"status":"accepted", id, ignored?}. A repeat under the same auth token or Idempotency-Key is stored once. Either
 * everything is stored, or an error is returned and a retry is safe.
 */
export const handler = endpoint(
  {
    access: requireAnyOf(clientToken('upload'), formToken('upload')),
    input: (request) => ({ form: validateForm(parseForm(request)), key: parseIdempotencyKey(request) }),
    responses: { 200: accepted },
  },
  async ({ request, input: { form, key }, caller }) => {
    const origin = key === null ? { tokenId: caller.tokenId } : { key }
    const contents = await resolveUploads(form, (ids) => requireSubmissionFiles(ids, ownerOf(caller)))
    const submission = describeSubmission(contents, caller, origin, request.receivedAt)
    const { id } = submission
    await storeSubmission(submission, concatenateContents(contents), {
      deadline: request.deadline,
      attachFiles: () => attachFiles(bucketFileIds(submission), id, Date.now(), findSubmissionFiles),
    })
    const ignored = form.ignored.slice(0, MAX_IGNORED_NAMES).map((name) => name.slice(0, 128))
    return json(200, { status: 'accepted', id, ...(ignored.length > 0 && { ignored }) })
  },
)
