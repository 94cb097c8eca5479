import * as z from 'zod'
import { requestJson } from '../../cli/support/http-client.ts'
import { requestToken } from './client.ts'
import type { DemoAccess } from './measurements.ts'

const PARTICIPANT = 'participant-7'
/** Users of the fake Help Lightning. */
const [CALLER, CONTACT] = ['ann@corp.example', 'bob@corp.example']

const accepted = z.object({ id: z.string() })
const session = z.object({ interviewId: z.string() })
const user = z.object({ token: z.string() })
const call = z.object({ sid: z.string() })

/** Submits a form with a file for a participant, once. Returns the id of the submission. */
export async function submitForm({ url, clientId }: DemoAccess): Promise<string> {
  const body = new FormData()
  body.set('auth_token', await requestToken(url, clientId, PARTICIPANT))
  body.set('responses', JSON.stringify([{ '@id': 'uuid:sleep', question: 'How did you sleep?', answer: 'Well' }]))
  body.set('file', new File(['Slept from 22:40 to 6:55.\n'], 'diary.txt', { type: 'text/plain' }))
  const headers = { 'idempotency-key': 'latchkey-demo' }
  return (await requestJson(new URL('/submit', url), accepted, { method: 'POST', headers, body })).id
}

/** Starts an identity session. Returns its id. */
export async function startSession({ url, token }: DemoAccess): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  return (await requestJson(new URL('/start', url), session, { method: 'POST', headers })).interviewId
}

/** Creates a call between two people, and joins it. Returns its PIN. `/auth` is open with the fake. */
export async function callContact({ url }: DemoAccess): Promise<string> {
  const userToken = async (email: string): Promise<string> =>
    (await requestJson(new URL(`/auth?email=${email}`, url), user, {})).token
  const caller = await userToken(CALLER)
  const contact = await userToken(CONTACT)
  const headers = { authorization: caller, 'content-type': 'application/json' }
  const body = JSON.stringify({ contact_email: CONTACT })
  const { sid } = await requestJson(new URL('/session', url), call, { method: 'POST', headers, body })
  await requestJson(new URL(`/session?sid=${sid}`, url), call, { headers: { authorization: contact } })
  return sid
}
