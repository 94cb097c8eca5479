import { create } from 'content-disposition'
import * as z from 'zod/mini'
import { submissionReader } from '../lib/access/reads-submissions.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath } from '../lib/http/input.ts'
import { binary } from '../lib/http/response.ts'
import { readContents } from '../lib/submissions/contents.ts'
import { parseRange } from '../lib/submissions/range.ts'
import { findSubmissionFor, submissionNotFound } from '../lib/submissions/read.ts'
import { partPosition, submissionId } from '../lib/submissions/submission.ts'

const path = z.object({
  id: submissionId,
  part: z.string().check(z.regex(/^(?:responses|[1-9]\d{0,3})$/, 'must be responses, or the number of a file from 1')),
})

/**
 * GET /submissions/{id}/{part}: returns the document `responses`, or a file by its number from 1, unchanged. A Range
 * header selects bytes.
 */
export const handler = endpoint(
  {
    access: submissionReader,
    input: fromPath(path),
    responses: {},
  },
  async ({ request, input: { id, part }, caller }) => {
    const manifest = await findSubmissionFor(caller, id)
    const position = partPosition(manifest, part)
    if (!position) throw submissionNotFound()
    const { start, size, range } = parseRange(request.headers['range'], position.size)
    const contents = await readContents(manifest, position.start + start, size)
    if (!contents) throw submissionNotFound()
    const file = manifest.files[Number(part) - 1] ?? { name: `${id}-responses.json`, type: 'application/json' }
    return binary(range === null ? 200 : 206, file.type, contents, {
      'accept-ranges': 'bytes',
      ...(range !== null && { 'content-range': range }),
      // Uploaded content is untrusted: browsers must save it, and never run it as a page of this service.
      'content-disposition': create(file.name),
      'content-security-policy': "default-src 'none'; sandbox",
    })
  },
)
