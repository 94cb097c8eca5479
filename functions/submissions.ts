import * as z from 'zod/mini'
import { submissionReader } from '../lib/access/reads-submissions.ts'
import { resolveOwner } from '../lib/core/caller.ts'
import { clientIdSchema } from '../lib/core/identifiers.ts'
import { pageSizeSchema } from '../lib/core/zod-helpers.ts'
import { compressText } from '../lib/http/compress.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { nextPageLink, requestUrl } from '../lib/http/request.ts'
import { json } from '../lib/http/response.ts'
import { INVALID_CURSOR, rangeTimeSchema, sourceSchema } from '../lib/measurements/parameters.ts'
import { fixRelativeTimes } from '../lib/measurements/time-range.ts'
import { isoTime } from '../lib/measurements/times.ts'
import { toResponse } from '../lib/submissions/read.ts'
import { listSubmissions } from '../lib/submissions/store-list.ts'
import { submission } from '../lib/submissions/submission.ts'

/** @limit Downloads | submissions of a page that `number` may request */
const MAX_PAGE_SIZE = 1_000

const query = z.strictObject({
  client_id: z.optional(clientIdSchema),
  participant_id: z.optional(sourceSchema),
  from: z.optional(rangeTimeSchema('from')),
  to: z.optional(rangeTimeSchema('to')),
  number: pageSizeSchema(1, MAX_PAGE_SIZE, 100, `must be from 1 to ${MAX_PAGE_SIZE}`),
  cursor: z.optional(
    z
      .pipe(
        z.string(),
        z.transform((text) => Buffer.from(text, 'base64url').toString()),
      )
      .check(z.refine((key) => /^\d{4}-[\d:.TZ-]{19}#[0-9a-f]{32}$/.test(key), INVALID_CURSOR)),
  ),
})

/**
 * GET /submissions: lists submissions without their contents, newest first -> {"submissions": [...]}. `Link: rel="next"`
 * leads to the next page.
 */
export const handler = endpoint(
  {
    access: submissionReader,
    input: fromQuery(query),
    responses: { 200: z.object({ submissions: z.array(submission) }) },
  },
  async ({ request, input: { from, to, number, cursor, ...requested }, caller }) => {
    const { clientId, participant } = resolveOwner(caller, requested)
    const { submissions, next } = await listSubmissions({
      clientId,
      participantId: participant,
      from: from === undefined ? from : isoTime(from),
      to: to === undefined ? to : isoTime(to),
      number,
      after: cursor,
      deadline: request.deadline,
    })
    const changes = next && {
      ...fixRelativeTimes(request.query, { from, to }),
      cursor: Buffer.from(next).toString('base64url'),
    }
    const page = { submissions: submissions.map(toResponse) }
    return compressText(request, json(200, page, nextPageLink(changes && requestUrl(request, changes))))
  },
)
