import { randomUUID } from 'node:crypto'
import * as z from 'zod/mini'
import { type AnonymousCaller, type ClientCaller, trustedParticipant } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { parseIdempotencyKey } from '../http/idempotency-key.ts'
import { invalidParameter } from '../http/input.ts'
import type { Request } from '../http/request.ts'
import { runIdempotent } from '../jobs/run-idempotent.ts'
import { providerFailure } from '../providers/errors.ts'
import { resolveFlowId, startSession } from '../providers/incode.ts'
import type { StartParameters } from './start-input.ts'
import { EXPIRED } from './statuses.ts'
import { findInterviewByUniqueId, type InterviewState, saveInterview } from './store.ts'

/** Response of `/start`; `uuid` is `uniqueId` under the name that Incode's earlier sample pages read. */
export const sessionResponse = z.object({
  success: z.literal(true),
  token: z.string(),
  interviewId: z.string(),
  uniqueId: z.uuid(),
  uuid: z.uuid(),
  /** Of a resumed session, if Incode has sent an event. */
  onboardingStatus: z.optional(z.string()),
})

/** The owner of a session. */
type Starter = ClientCaller | AnonymousCaller

const identitySession = z.omit(sessionResponse, { success: true, uuid: true })
export type IdentitySession = z.output<typeof identitySession>

/**
 * Resumes the session of `uniqueId`, or starts a new one: one for each Idempotency-Key. Throws `session_expired` for one
 * that has expired.
 */
export async function openIdentitySession(
  request: Request,
  options: StartParameters,
  caller: Starter,
  deadline: number,
): Promise<IdentitySession> {
  const { receivedAt } = request
  if (options.uniqueId !== undefined) return resumeSession(options.uniqueId, caller, receivedAt)
  const key = parseIdempotencyKey(request)
  const idempotent = { key, scope: keyScope(caller), input: options, result: identitySession, deadline }
  return runIdempotent(idempotent, () => createSession(options, caller, receivedAt, deadline))
}

/** A key returns a session token, so it belongs to the auth token unless a confidential client named the participant. */
function keyScope(caller: Starter): string[] {
  const participant = trustedParticipant(caller)
  if (participant !== undefined) return ['start', caller.clientId, 'participant', participant]
  return ['start', caller.clientId, ...(caller.kind === 'client' ? ['token', caller.tokenId] : [])]
}

async function createSession(
  options: StartParameters,
  caller: Starter,
  now: number,
  deadline: number,
): Promise<IdentitySession> {
  const { redirectUrl, language = 'en-US' } = options
  const flowId = await resolveFlowId(options.flowId)
  if (flowId === null)
    throw invalidParameter([{ field: 'flowId', detail: 'must be a flow that this deployment allows' }])
  const participant = trustedParticipant(caller)
  const externalCustomerId = participant ?? options.externalCustomerId
  if (options.externalCustomerId !== undefined && options.externalCustomerId !== externalCustomerId) {
    throw invalidParameter([{ field: 'externalCustomerId', detail: 'must be the participant of the auth token' }])
  }
  const started = await startSession({ language, flowId, redirectionUrl: redirectUrl, externalCustomerId }, deadline)
  const session = { ...started, uniqueId: randomUUID() }
  const tokenId = caller.kind === 'client' ? caller.tokenId : undefined
  const owner = { clientId: caller.clientId, tokenId, participant }
  // Incode returned the session of another owner, which must not be disclosed.
  if (!(await saveInterview({ ...session, ...owner }, now))) {
    throw providerFailure('provider_answer_invalid', { provider: 'Incode', operation: 'start' })
  }
  return session
}

async function resumeSession(uniqueId: string, caller: Starter, now: number): Promise<IdentitySession> {
  const interview = await findInterviewByUniqueId(uniqueId, now)
  // The same error for unknown sessions and those of other owners, so that callers cannot guess ids.
  if (!interview?.start || !canResume(caller, interview.start))
    throw invalidParameter([{ field: 'uniqueId', detail: 'must be the uniqueId of a session that you started' }])
  const { start, interviewId, onboardingStatus } = interview
  if (onboardingStatus === EXPIRED) throw sessionExpired()
  return { token: start.token, interviewId, uniqueId, ...(onboardingStatus !== null && { onboardingStatus }) }
}

export const sessionExpired = () =>
  new Problem('session_expired', 'The session has expired. Start a new one: send the request without uniqueId.')

const canResume = (caller: Starter, { clientId, participant }: NonNullable<InterviewState['start']>): boolean =>
  clientId === caller.clientId && (participant === undefined || participant === trustedParticipant(caller))
