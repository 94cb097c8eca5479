import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { isRedirectUrl } from '../core/redirect-url.ts'
import { missingSettings } from './errors.ts'
import { callProvider, type ProviderMethod, type ProviderRequest, tokenText } from './http.ts'

/**
 * Incode's Omni API. Session start and log-in send the API key. Calls under `/0/` send the session token and must not
 * send the key. Calls with the admin token send both.
 */
const PROVIDER = 'Incode'

const text = z.string().check(z.minLength(1))
const startAnswer = z.object({ token: tokenText, interviewId: z.string().check(z.regex(/^[\w-]{1,64}$/)) })
const urlAnswer = z.object({ url: z.string().check(z.regex(/^https?:\/\//i)) })
const tokenAnswer = z.object({ token: tokenText })
const scoreAnswer = z.object({ overall: z.object({ status: text }) })
export const approveAnswer = z.looseObject({ success: z.literal(true), uuid: text })
export const verifyAnswer = z.looseObject({ verified: z.boolean() })
export const finishAnswer = z.object({
  redirectionUrl: z.nullish(z.string().check(z.refine(isRedirectUrl))),
  action: z.nullish(z.string()),
})

export interface StartSessionOptions {
  language: string
  flowId: string
  redirectionUrl?: string | undefined
  externalCustomerId?: string | undefined
}

export async function incodeUrl(): Promise<string> {
  const { INCODE_API_URL } = await getSettings('INCODE_API_URL')
  return INCODE_API_URL ?? missingSettings('INCODE_API_URL')
}

async function apiKey(): Promise<string> {
  const { INCODE_API_KEY } = await getSettings('INCODE_API_KEY')
  return INCODE_API_KEY ?? missingSettings('INCODE_API_KEY')
}

/** The requested flow if it is allowed, or the default one if none is requested; otherwise null. */
export async function resolveFlowId(requested: string | undefined): Promise<string | null> {
  const { INCODE_FLOW_ID, INCODE_ALLOWED_FLOW_IDS } = await getSettings('INCODE_FLOW_ID', 'INCODE_ALLOWED_FLOW_IDS')
  const flow = INCODE_FLOW_ID ?? missingSettings('INCODE_FLOW_ID')
  const flowId = requested ?? flow
  return flowId === flow || INCODE_ALLOWED_FLOW_IDS.includes(flowId) ? flowId : null
}

type Call<T> = ProviderRequest<T> & {
  /** Sent as X-Incode-Hardware-Id. */
  token?: string
  /** Sent as X-Api-Key. */
  key?: () => Promise<string>
}

async function call<T>(
  operation: string,
  method: ProviderMethod,
  path: string,
  { token, key, ...rest }: Call<T>,
): Promise<T> {
  const url = `${await incodeUrl()}${path}`
  const headers = {
    'api-version': '1.0',
    ...(key && { 'x-api-key': await key() }),
    ...(token !== undefined && { 'x-incode-hardware-id': token }),
  }
  return callProvider({ provider: PROVIDER, operation, method, url, headers, ...rest })
}

/** Starts a session. It is never retried, because Incode bills each session. */
export const startSession = ({ flowId, ...options }: StartSessionOptions, deadline: number) =>
  call('start', 'POST', '/omni/start', {
    key: apiKey,
    body: { countryCode: 'ALL', configurationId: flowId, ...options },
    answer: startAnswer,
    deadline,
  })

/** The address at which a user completes the session of this token. */
export async function fetchOnboardingUrl(sessionToken: string, deadline: number): Promise<string> {
  const { INCODE_CLIENT_ID } = await getSettings('INCODE_CLIENT_ID')
  const { url } = await call('onboarding-url', 'GET', '/0/omni/onboarding-url', {
    ...(INCODE_CLIENT_ID && { query: { clientId: INCODE_CLIENT_ID } }),
    token: sessionToken,
    answer: urlAnswer,
    deadline,
  })
  return url
}

/** `overall.status` of a session's score, requested with the session token. */
export async function fetchOwnScore(interviewId: string, sessionToken: string, deadline: number): Promise<string> {
  const answer = await call('own-score', 'GET', '/0/omni/get/score', {
    query: { id: interviewId },
    token: sessionToken,
    answer: scoreAnswer,
    deadline,
  })
  return answer.overall.status
}

/** Finish status of the session of this token: `{redirectionUrl, action}`. */
export const fetchFinishStatus = (sessionToken: string, deadline: number) =>
  call('finish-status', 'GET', '/0/omni/finish-status', { token: sessionToken, answer: finishAnswer, deadline })

/** `overall.status` of any session's score: OK, WARN, FAIL and others. Requires the admin token. */
export async function fetchScore(interviewId: string, adminToken: string, deadline: number): Promise<string> {
  const answer = await call('score', 'GET', '/omni/get/score', {
    query: { id: interviewId },
    token: adminToken,
    key: apiKey,
    answer: scoreAnswer,
    deadline,
  })
  return answer.overall.status
}

/**
 * Creates the identity of a session. If the person already has one, Incode returns it (`existingCustomer`). A repeat
 * after a lost response therefore returns the same identity.
 */
export const approveSession = (interviewId: string, adminToken: string, deadline: number) =>
  call('approve', 'POST', '/omni/process/approve', {
    query: { interviewId },
    token: adminToken,
    key: apiKey,
    body: {},
    answer: approveAnswer,
    deadline,
  })

/** Whether a face-login attempt is genuine. */
export const verifyFaceLogin = (
  attempt: { transactionId: string; token: string; interviewToken: string },
  deadline: number,
) => call('verify', 'POST', '/omni/auth-attempt/verify', { key: apiKey, body: attempt, answer: verifyAnswer, deadline })

/** Returns a new admin token, which is valid for 24 hours. */
export async function logInAsAdmin(email: string, password: string, deadline: number): Promise<string> {
  const { token } = await call('log-in', 'POST', '/executive/log-in', {
    key: apiKey,
    body: { email, password },
    answer: tokenAnswer,
    deadline,
    repeatable: true,
  })
  return token
}
