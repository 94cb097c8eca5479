import { randomUUID } from 'node:crypto'
import { type Caller, trustedParticipant } from '../access/caller.ts'
import { invalid } from '../http/input.ts'
import { providerFailure } from '../providers/errors.ts'
import { flowOf, startSession } from '../providers/incode.ts'
import type { StartParameters } from './start-input.ts'
import { findByUniqueId, type KeptInterview, saveInterview } from './store.ts'

export interface Session {
  token: string
  interviewId: string
  uniqueId: string
}

/** The session that the parameters ask for: the one of a uniqueId, or a new one. */
export async function openSession(
  wishes: StartParameters,
  caller: Caller,
  now: number,
  deadline: number,
): Promise<Session> {
  return wishes.uniqueId === undefined
    ? beginSession(wishes, caller, now, deadline)
    : resumeSession(wishes.uniqueId, caller, now)
}

async function beginSession(wishes: StartParameters, caller: Caller, now: number, deadline: number): Promise<Session> {
  const { redirectUrl, language = 'en-US' } = wishes
  const flowId = await flowOf(wishes.flowId)
  if (flowId === null) throw invalid([{ field: 'flowId', detail: 'is not one that this deployment allows' }])
  const participant = trustedParticipant(caller)
  const externalCustomerId = participant ?? wishes.externalCustomerId
  if (wishes.externalCustomerId !== undefined && wishes.externalCustomerId !== externalCustomerId) {
    throw invalid([{ field: 'externalCustomerId', detail: 'must be the participant of the auth token' }])
  }
  const started = await startSession({ language, flowId, redirectionUrl: redirectUrl, externalCustomerId }, deadline)
  const session = { ...started, uniqueId: randomUUID() }
  const owner = { clientId: caller.clientId, tokenId: caller.tokenId, participant }
  // Incode has given a session that is somebody's: better none than that one.
  if (!(await saveInterview({ ...session, ...owner }, now))) {
    throw providerFailure('provider_answer_invalid', { provider: 'Incode', operation: 'start' })
  }
  return session
}

async function resumeSession(uniqueId: string, caller: Caller, now: number): Promise<Session> {
  const kept = await findByUniqueId(uniqueId, now)
  // Whose session it is must not show, so that nobody can try out ids.
  if (!kept?.start || !mayResume(caller, kept.start))
    throw invalid([{ field: 'uniqueId', detail: 'names no session of yours' }])
  return { token: kept.start.token, interviewId: kept.interviewId, uniqueId }
}

const mayResume = (caller: Caller, { clientId, participant }: NonNullable<KeptInterview['start']>): boolean =>
  clientId === caller.clientId && (participant === undefined || participant === trustedParticipant(caller))
