import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { isOpen } from '../lib/access/open-endpoints.ts'
import { allowAnonymousIf, credentialsMissing, requireAnyOf } from '../lib/access/proof.ts'
import { type AnonymousCaller, type ClientCaller, trustedParticipant } from '../lib/core/caller.ts'
import { Problem } from '../lib/core/problem.ts'
import { maxString } from '../lib/core/zod-helpers.ts'
import { matchesDigest, secretDigest } from '../lib/crypto/secrets.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { interviewId } from '../lib/identity/interview-id.ts'
import { NO_STATUS } from '../lib/identity/statuses.ts'
import { findInterview, type InterviewState } from '../lib/identity/store.ts'

const query = z.strictObject({
  interviewId,
  uniqueId: z.optional(maxString(64)),
})

const sessionStatus = z.object({
  success: z.literal(true),
  interviewId: z.string(),
  onboardingStatus: z.string(),
  approved: z.nullable(z.boolean()),
})

/**
 * GET /onboarding-status: returns the status of a session from Incode's events -> {success, onboardingStatus, approved}.
 * Ownership is proven by the auth token that started it, its `uniqueId`, or its token as X-Token.
 */
export const handler = endpoint(
  {
    access: allowAnonymousIf(async () => true, requireAnyOf(clientToken('start'))),
    input: fromQuery(query),
    responses: { 200: sessionStatus },
    formatError: formatIncodeError,
  },
  async ({ request, input: { interviewId, uniqueId }, caller }) => {
    const sessionToken = request.headers['x-token']
    const isPublic = await isOpen('onboarding-status')
    if (!isPublic && caller.kind === 'anonymous' && uniqueId === undefined && sessionToken === undefined) {
      throw sessionProofMissing()
    }
    const interview = await findInterview(interviewId, request.receivedAt)
    if (!interview || !(isPublic || (interview.start && isOwner(interview.start, caller, uniqueId, sessionToken)))) {
      throw sessionNotFound()
    }
    return json(200, {
      success: true,
      interviewId,
      onboardingStatus: interview.onboardingStatus ?? NO_STATUS,
      approved: interview.approved,
    })
  },
)

export const sessionProofMissing = () =>
  credentialsMissing('the uniqueId of the session, its token as X-Token, or the auth token that started it')
export const sessionNotFound = () =>
  new Problem('not_found', 'The session does not exist, or belongs to another caller.')

function isOwner(
  start: NonNullable<InterviewState['start']>,
  caller: ClientCaller | AnonymousCaller,
  uniqueId = '',
  sessionToken = '',
): boolean {
  const participant = trustedParticipant(caller)
  const ownsToken =
    caller.kind === 'client' &&
    caller.clientId === start.clientId &&
    (caller.tokenId === start.tokenId || (participant !== undefined && participant === start.participant))
  return (
    ownsToken || matchesDigest(uniqueId, start.uniqueDigest) || matchesDigest(sessionToken, secretDigest(start.token))
  )
}
