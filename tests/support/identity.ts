import * as z from 'zod'
import type { FakeInterview } from '../../dev/fakes/incode.ts'
import type { Latchkey } from './latchkey.ts'

const session = z.object({
  success: z.literal(true),
  token: z.string(),
  interviewId: z.string(),
  uniqueId: z.uuid(),
  url: z.url().optional(),
})

/** A session in a response of /start or /onboarding-url. */
export async function sessionOf(answer: Response): Promise<z.output<typeof session>> {
  if (answer.status !== 200) throw new Error(`no session: ${answer.status} ${await answer.text()}`)
  return session.parse(await answer.json())
}

/** Starts a session and returns its counterpart at the fake Incode, finished if there is a score. */
export async function began(latchkey: Latchkey, score: string | null = null): Promise<FakeInterview> {
  const { interviewId } = await sessionOf(await latchkey.call('/start'))
  const interview = latchkey.incode.interviews.get(interviewId)
  if (!interview) throw new Error('Incode has no such session')
  interview.score = score
  return interview
}

export const statusEvent = (interviewId: string, onboardingStatus = 'ONBOARDING_FINISHED', more: object = {}) =>
  JSON.stringify({ interviewId, onboardingStatus, clientId: 'fake123', flowId: 'fake-flow', ...more })

/** A delivery to /webhook or /approve. */
export const delivery = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/json', ...headers },
})

/** Paths of the requests to Incode. */
export const callsTo = ({ incode }: Latchkey, path: string) => incode.calls.filter((call) => call.path === path)

/** The response of /onboarding-status to the holder of the session token. */
export async function statusOf(latchkey: Latchkey, { interviewId, token }: FakeInterview) {
  const answer = await latchkey.call(`/onboarding-status?interviewId=${interviewId}`, { headers: { 'X-Token': token } })
  return z.object({ onboardingStatus: z.string(), approved: z.boolean().nullable() }).parse(await answer.json())
}
