import { SignJWT } from 'jose'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { missingSettings, rejectionReason, rejectionStatus, userTokenExpired } from './errors.ts'
import { isSameAddress } from './helplightning-email.ts'
import { callProvider, type ProviderMethod, type ProviderRequest, tokenText } from './http.ts'

/**
 * Help Lightning's API has three kinds of token, sent in `authorization` without a scheme. A partner token, signed here
 * for each request, finds users. A user token creates and joins sessions. A session token requests video.
 */
const PROVIDER = 'Help Lightning'

/** Seconds. */
const PARTNER_TOKEN_LIFE = 60
/** Documented error number of "user token expired". */
const EXPIRED = 1003

const address = z.string().check(z.regex(/^[\x21-\x7e]{1,2048}$/))
const usersAnswer = z.object({ entries: z.array(z.object({ id: z.int(), email: z.string() })) })
const userAnswer = z.object({ id: z.int(), token: tokenText })
const sessionAnswer = z.object({ id: z.string().check(z.regex(/^[\w-]{1,128}$/)), token: tokenText })
const videoAnswer = z.object({ gss_info: z.object({ token: tokenText, server: address, wsserver: address }) })

export interface HelpLightningUser {
  id: string
  /** The user token. */
  token: string
}

type Call<T> = ProviderRequest<T> & { token: string }

async function call<T>(
  operation: string,
  method: ProviderMethod,
  path: string,
  { token, ...rest }: Call<T>,
): Promise<T> {
  const { HLSERVER_URL, HLSERVER_API_KEY } = await getSettings('HLSERVER_URL', 'HLSERVER_API_KEY')
  const headers = {
    'content-type': 'application/json',
    'x-helplightning-api-key': HLSERVER_API_KEY ?? missingSettings('HLSERVER_API_KEY'),
    authorization: token,
  }
  const url = `${HLSERVER_URL ?? missingSettings('HLSERVER_URL')}${path}`
  return callProvider({ provider: PROVIDER, operation, method, url, headers, ...rest })
}

async function partnerToken(now: number): Promise<string> {
  const { HLSERVER_ENTERPRISE_ID, HLSERVER_PARTNER_KEY } = await getSettings(
    'HLSERVER_ENTERPRISE_ID',
    'HLSERVER_PARTNER_KEY',
  )
  return new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer('Ghazal')
    .setAudience('Ghazal')
    .setSubject(`Partner:${HLSERVER_ENTERPRISE_ID ?? missingSettings('HLSERVER_ENTERPRISE_ID')}`)
    .setExpirationTime(Math.floor(now / 1000) + PARTNER_TOKEN_LIFE)
    .sign(HLSERVER_PARTNER_KEY ?? missingSettings('HLSERVER_PARTNER_KEY'))
}

/** The user with an e-mail address, ignoring case; null if the enterprise has none. */
export async function findUser(email: string, deadline: number): Promise<HelpLightningUser | null> {
  const token = await partnerToken(Date.now())
  const { entries } = await call('find-user', 'GET', '/v1r1/enterprise/users', {
    query: { filter: `email=${email}` },
    token,
    answer: usersAnswer,
    deadline,
  })
  // The filter's comparison is not documented, and the token of another user must never be returned.
  const entry = entries.find((user) => user.email === email) ?? entries.find((user) => isSameAddress(user.email, email))
  if (!entry) return null
  const user = await call('user', 'GET', `/v1r1/enterprise/users/${entry.id}`, { token, answer: userAnswer, deadline })
  if (user.id !== entry.id) return null
  return { id: String(user.id), token: user.token }
}

/** Awaits a call with a user token. Throws `user_token_expired` if the token has expired. */
async function asUser<T>(pending: Promise<T>): Promise<T> {
  try {
    return await pending
  } catch (error) {
    if (rejectionStatus(error) !== 401 && rejectionReason(error) !== EXPIRED) throw error
    throw userTokenExpired()
  }
}

/** Creates a session of a user with a contact. Returns its id and the user's session token. */
export const createCallSession = (userToken: string, contactToken: string, deadline: number) =>
  asUser(
    call('create-session', 'POST', '/v1/sessions', {
      body: { contact_tokens: [contactToken] },
      token: userToken,
      answer: sessionAnswer,
      deadline,
    }),
  )

/** Returns a contact's session token for a session that another user created. */
export async function joinCallSession(sessionId: string, userToken: string, deadline: number): Promise<string> {
  const { token } = await call('join-session', 'GET', `/v1/sessions/${sessionId}`, {
    token: userToken,
    answer: sessionAnswer,
    deadline,
  })
  return token
}

/** Returns the video servers of a session and the token for them. */
export async function requestVideo(sessionToken: string, userToken: string, deadline: number) {
  const { gss_info } = await asUser(
    call('request-video', 'POST', '/v1/session/video', {
      body: { user_token: userToken },
      token: sessionToken,
      answer: videoAnswer,
      deadline,
    }),
  )
  return gss_info
}
