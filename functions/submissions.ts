import * as z from 'zod/mini'
import { submissionReader } from '../lib/access/reads-submissions.ts'
import { type AdminCaller, type ClientCaller, resolveClientId } from '../lib/core/caller.ts'
import { clientIdSchema } from '../lib/core/identifiers.ts'
import { Problem } from '../lib/core/problem.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { nextPageLink } from '../lib/http/request.ts'
import { json } from '../lib/http/response.ts'
import { INVALID_CURSOR, pageSizeSchema, sourceSchema, timeSchema } from '../lib/measurements/parameters.ts'
import { isoTime } from '../lib/measurements/times.ts'
import { listSubmissions } from '../lib/submissions/store-list.ts'
import { submission } from '../lib/submissions/submission.ts'

/** @limit Downloads | submissions of a page that `number` may request */
const MOST = 1_000

const query = z.strictObject({
  client_id: z.optional(clientIdSchema),
  participant_id: z.optional(sourceSchema),
  from: z.optional(timeSchema),
  to: z.optional(timeSchema),
  number: pageSizeSchema(1, MOST, 100, `must be from 1 to ${MOST}`),
  cursor: z.optional(
    z
      .pipe(
        z.string(),
        z.transform((text) => Buffer.from(text, 'base64url').toString()),
      )
      .check(z.refine((place) => /^\d{4}-[\d:.TZ-]{19}#[0-9a-f]{32}$/.test(place), INVALID_CURSOR)),
  ),
})

/** A token that names a participant reads what is theirs. */
function participantRead(caller: AdminCaller | ClientCaller, named: string | undefined): string | undefined {
  const participantId = caller.kind === 'client' ? caller.participantId : undefined
  if (participantId !== undefined && named !== undefined && named !== participantId) {
    throw new Problem('not_allowed', 'The auth token is one of another participant.')
  }
  return participantId ?? named
}

/**
 * GET /submissions: what was submitted, without the contents, the newest first -> {"submissions": [...]}. Link:
 * rel="next" leads from page to page.
 */
export const handler = endpoint(
  {
    access: submissionReader,
    input: fromQuery(query),
    responses: { 200: z.object({ submissions: z.array(submission) }) },
  },
  async ({ request, input: { client_id, participant_id, from, to, number, cursor }, caller }) => {
    const { submissions, next } = await listSubmissions({
      clientId: resolveClientId(caller, client_id),
      participantId: participantRead(caller, participant_id),
      from: from === undefined ? from : isoTime(from),
      to: to === undefined ? to : isoTime(to),
      number,
      after: cursor,
      deadline: request.deadline,
    })
    const cursorOfNext = next && Buffer.from(next).toString('base64url')
    return json(200, { submissions }, nextPageLink(request, cursorOfNext))
  },
)
