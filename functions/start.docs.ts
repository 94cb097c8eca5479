import { sessionExpired } from '../lib/identity/sessions.ts'
import { providerErrors, unknownParameter } from '../lib/openapi/errors.ts'
import { IN_PROGRESS, idempotencyErrors, SAME_RESPONSE } from '../lib/openapi/idempotency.ts'
import { example, failure, type Operation, type Operations } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID, PARTICIPANT, SESSION_TOKEN, UNIQUE_ID } from '../lib/openapi/samples.ts'

export const SESSION = {
  success: true,
  token: SESSION_TOKEN,
  interviewId: INTERVIEW_ID,
  uniqueId: UNIQUE_ID,
  uuid: UNIQUE_ID,
}

const redirect =
  'Where the person goes after the session: an absolute http(s) URL without a user name, or a URL with the scheme of an app, such as `com.example.app:/`.'
const redirectUrl = { description: redirect, schema: { maxLength: 2048, format: 'uri' } }

const fields = {
  uniqueId: 'The session to resume, from an earlier response.',
  uuid: 'Another name of `uniqueId`.',
  redirectUrl,
  redirectionUrl: { ...redirectUrl, description: 'Another name of `redirectUrl`.' },
  externalCustomerId:
    'Your id for the person. If a confidential client named the participant of the auth token, the id is that participant; any other value is rejected.',
  language: 'Language tag of the session; `en-US` by default.',
  flowId: 'The Incode flow, one that the deployment allows. Default: the flow of the deployment.',
}

const responseFields = {
  token: 'Token of the session, for the Incode SDK. It is safe to send it to a device.',
  interviewId: 'Incode’s id of the session.',
  uniqueId: 'Resumes the session and proves ownership: only the caller that started it knows it.',
  onboardingStatus: 'Only of a resumed session: the latest status from Incode’s events.',
  uuid: 'The same as `uniqueId`, for Incode’s earlier sample pages.',
}

const providerFailures = providerErrors('Incode', 'INCODE_FLOW_ID')

interface Words {
  id: string
  summary: string
  description: string
}

/** The operations of an endpoint that starts sessions: with parameters in the query, and in a body. */
export function sessionOperations(path: string, get: Words, post: Words, session: object, moreFields = {}): Operations {
  const common = {
    tag: 'Identity sessions',
    security: [{ authToken: ['start'] }],
    fields,
    headers: SAME_RESPONSE,
    responses: { 200: { description: 'The session.', fields: { ...responseFields, ...moreFields } } },
  } satisfies Partial<Operation>
  const options = { language: 'de-DE', redirectUrl: 'https://app.example/done' }
  const resumed = { query: { uniqueId: UNIQUE_ID } }
  const expired = failure(sessionExpired(), {
    body: undefined,
    query: { ...resumed.query, language: undefined, redirectUrl: undefined, externalCustomerId: undefined },
  })
  return {
    [`GET ${path}`]: {
      ...common,
      ...get,
      errors: [
        { sent: { query: { language: 'Deutsch, bitte' } } },
        unknownParameter('theme'),
        expired,
        ...idempotencyErrors({ query: { ...options, language: 'fr-FR' } }),
        IN_PROGRESS,
        ...providerFailures,
      ],
      examples: {
        start: example('A new session', { query: { ...options, externalCustomerId: PARTICIPANT } }, session),
        resume: example('An existing session', resumed, session),
      },
    },
    [`POST ${path}`]: {
      ...common,
      ...post,
      errors: [
        { sent: { body: { language: 'Deutsch, bitte' } } },
        expired,
        ...idempotencyErrors({ body: { language: 'fr-FR' } }),
        IN_PROGRESS,
        ...providerFailures,
      ],
      examples: {
        start: example('A new session', { body: options }, session),
        query: example('Parameters in the query', resumed, session),
      },
    },
  }
}

export const operations = sessionOperations(
  '/start',
  {
    id: 'startSession',
    summary: 'Start an identity session',
    description:
      'Starts a session at Incode, or returns the session with the given `uniqueId`. The parameters of an existing session cannot change, and one that has expired returns 410. A deployment can open this endpoint to callers without credentials (`OPEN_ENDPOINTS`).',
  },
  {
    id: 'startSessionByBody',
    summary: 'Start an identity session, with parameters in the body',
    description: 'As `GET /start`. Each parameter goes into the query or the body, not both.',
  },
  SESSION,
)
