import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { invalidParameter } from '../http/input.ts'
import { createCallSession, findUser, joinCallSession, requestVideo } from '../providers/helplightning.ts'
import { reserveRandomPin } from './pin.ts'
import { releasePin, saveCall } from './store-pins.ts'

/** One side of a call, as Help Lightning's SDKs read it. */
export const callResponse = z.object({
  sid: z.string(),
  session_id: z.union([z.array(z.string()), z.string()]),
  session_token: z.string(),
  user_token: z.string(),
  url: z.string(),
  ws_url: z.string(),
})

/** What one side of a call is told, but for its user token. */
const call = z.object({ session_id: z.string(), session_token: z.string(), url: z.string(), ws_url: z.string() })
export type Call = z.output<typeof call>
const created = z.extend(call, { sid: z.string() })

/**
 * Creates a call of a user with a contact: reserves a PIN while the contact is looked up, creates the session, then lets
 * the contact join and asks for video side by side. Gives the user's side; the contact's is kept under the PIN, sealed.
 */
export async function createCall(user: { userId: string; userToken: string }, contactEmail: string, deadline: number) {
  const { HLSERVER_PIN_DIGITS, HLSERVER_PIN_MINUTES } = await getSettings('HLSERVER_PIN_DIGITS', 'HLSERVER_PIN_MINUTES')
  const [reserving, looking] = await Promise.allSettled([
    reserveRandomPin(HLSERVER_PIN_DIGITS, Date.now()),
    findContact(user.userId, contactEmail, deadline),
  ])
  if (reserving.status === 'rejected') throw reserving.reason
  const { pin, holder } = reserving.value
  try {
    if (looking.status === 'rejected') throw looking.reason
    const contact = looking.value
    const session = await createCallSession(user.userToken, contact.token, deadline)
    const [contactsToken, video] = await Promise.all([
      joinCallSession(session.id, contact.token, deadline),
      requestVideo(session.token, user.userToken, deadline),
    ])
    const own: Call = { session_id: session.id, session_token: video.token, url: video.server, ws_url: video.wsserver }
    const until = Date.now() + HLSERVER_PIN_MINUTES * 60_000
    await saveCall(pin, holder, contact.id, JSON.stringify({ ...own, session_token: contactsToken }), until)
    return { sid: pin, ...own }
  } catch (error) {
    // The PIN is free again by itself; what went wrong is what the caller must hear.
    await releasePin(pin, holder).catch(() => undefined)
    throw error
  }
}

async function findContact(userId: string, email: string, deadline: number) {
  const contact = await findUser(email, deadline)
  if (!contact) throw contactNotFound()
  if (contact.id === userId) throw invalidParameter([{ field: 'contact_email', detail: 'must be somebody else' }])
  return contact
}

export const contactNotFound = () =>
  new Problem('not_found', 'No user of this enterprise has the e-mail address in contact_email.')

/** The contact's side of a call, as it was kept under its PIN. */
export const parseCall = (text: string): Call => call.parse(JSON.parse(text))

/** The side of who created a call, as it was kept for a minute. */
export const parseCreated = (text: string) => created.parse(JSON.parse(text))

/** The answer that SDKs read. `session_id` is a list of one where the seed's clients are served, else a text. */
export async function toCallResponse(sid: string, userToken: string, { session_id, ...others }: Call) {
  const { HLSERVER_SESSION_ID } = await getSettings('HLSERVER_SESSION_ID')
  return {
    sid,
    session_id: HLSERVER_SESSION_ID === 'list' ? [session_id] : session_id,
    user_token: userToken,
    ...others,
  }
}
