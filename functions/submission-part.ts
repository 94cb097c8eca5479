import { create } from 'content-disposition'
import * as z from 'zod/mini'
import { submissionReader } from '../lib/access/reads-submissions.ts'
import { objectKeyOfSubmission } from '../lib/files/file.ts'
import { signDownload } from '../lib/files/presign.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath } from '../lib/http/input.ts'
import { binary, empty } from '../lib/http/response.ts'
import { readContents } from '../lib/submissions/contents.ts'
import { parseRange } from '../lib/submissions/range.ts'
import { findSubmissionFor, submissionNotFound } from '../lib/submissions/read.ts'
import { partPosition, submissionId } from '../lib/submissions/submission.ts'

/** @limit Submissions | between a response and the end of its link to a large file */
const LINK_MS = 300_000

const path = z.object({
  id: submissionId,
  part: z.string().check(z.regex(/^(?:responses|[1-9]\d{0,3})$/, 'must be responses, or the number of a file from 1')),
})

/**
 * GET /submissions/{id}/{part}: returns the document `responses`, or a file by its number from 1, unchanged. A Range
 * header selects bytes. A large file is in the bucket -> 307 to its content, which S3 returns.
 */
export const handler = endpoint(
  {
    access: submissionReader,
    input: fromPath(path),
    responses: {},
  },
  async ({ request, input: { id, part }, caller }) => {
    const manifest = await findSubmissionFor(caller, id)
    const file = manifest.files[Number(part) - 1] ?? { name: `${id}-responses.json`, type: 'application/json' }
    if ('file_id' in file && file.file_id !== undefined) {
      return empty(307, { location: await signDownload(objectKeyOfSubmission(file.file_id), file, LINK_MS / 1000) })
    }
    const position = partPosition(manifest, part)
    if (!position) throw submissionNotFound()
    const { start, size, range } = parseRange(request.headers['range'], position.size)
    const contents = await readContents(manifest, position.start + start, size)
    if (!contents) throw submissionNotFound()
    return binary(range === null ? 200 : 206, file.type, contents, {
      'accept-ranges': 'bytes',
      ...(range !== null && { 'content-range': range }),
      // Uploaded content is untrusted: browsers must save it, and never run it as a page of this service.
      'content-disposition': create(file.name),
      'content-security-policy': "default-src 'none'; sandbox",
    })
  },
)
