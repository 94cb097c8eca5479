import { randomUUID } from 'node:crypto'
import * as z from 'zod/mini'
import { type AnonymousCaller, type ClientCaller, trustedParticipant } from '../core/caller.ts'
import { invalidParameter } from '../http/input.ts'
import { providerFailure } from '../providers/errors.ts'
import { resolveFlowId, startSession } from '../providers/incode.ts'
import type { StartParameters } from './start-input.ts'
import { findInterviewByUniqueId, type InterviewState, saveInterview } from './store.ts'

/** Response of `/start`; `uuid` is `uniqueId` under the name that Incode's earlier sample pages read. */
export const sessionResponse = z.object({
  success: z.literal(true),
  token: z.string(),
  interviewId: z.string(),
  uniqueId: z.uuid(),
  uuid: z.uuid(),
})

/** The owner of a session. */
type Starter = ClientCaller | AnonymousCaller

export interface IdentitySession {
  token: string
  interviewId: string
  uniqueId: string
}

/** The session that the parameters ask for: the one of a uniqueId, or a new one. */
export async function openIdentitySession(
  wishes: StartParameters,
  caller: Starter,
  now: number,
  deadline: number,
): Promise<IdentitySession> {
  return wishes.uniqueId === undefined
    ? beginSession(wishes, caller, now, deadline)
    : resumeSession(wishes.uniqueId, caller, now)
}

async function beginSession(
  wishes: StartParameters,
  caller: Starter,
  now: number,
  deadline: number,
): Promise<IdentitySession> {
  const { redirectUrl, language = 'en-US' } = wishes
  const flowId = await resolveFlowId(wishes.flowId)
  if (flowId === null) throw invalidParameter([{ field: 'flowId', detail: 'is not one that this deployment allows' }])
  const participant = trustedParticipant(caller)
  const externalCustomerId = participant ?? wishes.externalCustomerId
  if (wishes.externalCustomerId !== undefined && wishes.externalCustomerId !== externalCustomerId) {
    throw invalidParameter([{ field: 'externalCustomerId', detail: 'must be the participant of the auth token' }])
  }
  const started = await startSession({ language, flowId, redirectionUrl: redirectUrl, externalCustomerId }, deadline)
  const session = { ...started, uniqueId: randomUUID() }
  const tokenId = caller.kind === 'client' ? caller.tokenId : undefined
  const owner = { clientId: caller.clientId, tokenId, participant }
  // Incode has given a session that is somebody's: better none than that one.
  if (!(await saveInterview({ ...session, ...owner }, now))) {
    throw providerFailure('provider_answer_invalid', { provider: 'Incode', operation: 'start' })
  }
  return session
}

async function resumeSession(uniqueId: string, caller: Starter, now: number): Promise<IdentitySession> {
  const kept = await findInterviewByUniqueId(uniqueId, now)
  // Whose session it is must not show, so that nobody can try out ids.
  if (!kept?.start || !mayResume(caller, kept.start))
    throw invalidParameter([{ field: 'uniqueId', detail: 'names no session of yours' }])
  return { token: kept.start.token, interviewId: kept.interviewId, uniqueId }
}

const mayResume = (caller: Starter, { clientId, participant }: NonNullable<InterviewState['start']>): boolean =>
  clientId === caller.clientId && (participant === undefined || participant === trustedParticipant(caller))
