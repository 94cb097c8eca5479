import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { invalidParameter } from '../http/input.ts'
import { createCallSession, findUser, joinCallSession, requestVideo } from '../providers/helplightning.ts'
import { reserveRandomPin } from './pin.ts'
import { releasePin, saveCall } from './store-pins.ts'

/** The call of one participant, as Help Lightning's SDKs read it. */
export const callResponse = z.object({
  sid: z.string(),
  session_id: z.union([z.array(z.string()), z.string()]),
  session_token: z.string(),
  user_token: z.string(),
  url: z.string(),
  ws_url: z.string(),
})

/** The call of one participant, without its user token. */
const call = z.object({ session_id: z.string(), session_token: z.string(), url: z.string(), ws_url: z.string() })
export type Call = z.output<typeof call>
/** The creator's call, which is stored for retries. */
export const createdCall = z.extend(call, { sid: z.string() })

/**
 * Creates a call of a user with a contact. It reserves a PIN while it looks up the contact, creates the session, then
 * joins as the contact while it requests video. Returns the user's side, and stores both sides encrypted under the PIN.
 */
export async function createCall(user: { userId: string; userToken: string }, contactEmail: string, deadline: number) {
  const { HLSERVER_PIN_DIGITS, HLSERVER_PIN_MINUTES } = await getSettings('HLSERVER_PIN_DIGITS', 'HLSERVER_PIN_MINUTES')
  const [reservation, lookup] = await Promise.allSettled([
    reserveRandomPin(HLSERVER_PIN_DIGITS, Date.now()),
    findContact(user.userId, contactEmail, deadline),
  ])
  if (reservation.status === 'rejected') throw reservation.reason
  const { pin, holder } = reservation.value
  try {
    if (lookup.status === 'rejected') throw lookup.reason
    const contact = lookup.value
    const session = await createCallSession(user.userToken, contact.token, deadline)
    const [contactToken, video] = await Promise.all([
      joinCallSession(session.id, contact.token, deadline),
      requestVideo(session.token, user.userToken, deadline),
    ])
    const userCall: Call = {
      session_id: session.id,
      session_token: video.token,
      url: video.server,
      ws_url: video.wsserver,
    }
    const until = Date.now() + HLSERVER_PIN_MINUTES * 60_000
    const contactCall: Call = { ...userCall, session_token: contactToken }
    const sides = {
      caller: { userId: user.userId, call: JSON.stringify(userCall) },
      contact: { userId: contact.id, call: JSON.stringify(contactCall) },
    }
    await saveCall({ pin, holder }, sides, until)
    return { sid: pin, ...userCall }
  } catch (error) {
    // The reservation expires by itself, and the caller needs the first error.
    await releasePin(pin, holder).catch(() => undefined)
    throw error
  }
}

async function findContact(userId: string, email: string, deadline: number) {
  const contact = await findUser(email, deadline)
  if (!contact) throw contactNotFound()
  if (contact.id === userId) throw invalidParameter([{ field: 'contact_email', detail: 'must be another user' }])
  return contact
}

export const contactNotFound = () =>
  new Problem('not_found', 'No user of this enterprise has the e-mail address in contact_email.')

/** Parses one side of a call, which is stored under its PIN. */
export const parseCall = (text: string): Call => call.parse(JSON.parse(text))

/** The response that SDKs read. HLSERVER_SESSION_ID selects whether `session_id` is a string or a list of one. */
export async function toCallResponse(sid: string, userToken: string, { session_id, ...others }: Call) {
  const { HLSERVER_SESSION_ID } = await getSettings('HLSERVER_SESSION_ID')
  return {
    sid,
    session_id: HLSERVER_SESSION_ID === 'list' ? [session_id] : session_id,
    user_token: userToken,
    ...others,
  }
}
