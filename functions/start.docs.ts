import { incodeProblemSchema } from '../lib/openapi/error-schemas.ts'
import {
  authTokenErrors,
  jsonErrors,
  noCredentials,
  providerErrors,
  STORAGE,
  unknownParameter,
} from '../lib/openapi/errors.ts'
import type { ErrorExample, Operation } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID, PARTICIPANT, SESSION_TOKEN, UNIQUE_ID } from '../lib/openapi/samples.ts'
import { handler } from './start.ts'

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

export const SESSION_FIELDS = {
  uniqueId: 'The session to resume, from an earlier response.',
  uuid: 'Another name of `uniqueId`.',
  redirectUrl,
  redirectionUrl: { ...redirectUrl, description: 'Another name of `redirectUrl`.' },
  externalCustomerId:
    'Your id for the person. If a confidential client named the participant of the auth token, the id is that participant; any other value is rejected.',
  language: 'Language tag of the session; `en-US` by default.',
  flowId: 'The Incode flow, one that the deployment allows. Default: the flow of the deployment.',
}

export const RESPONSE_FIELDS = {
  token: 'Token of the session, for the Incode SDK. It is safe to send it to a device.',
  interviewId: 'Incode’s id of the session.',
  uniqueId: 'Resumes the session and proves ownership: only the caller that started it knows it.',
  uuid: 'The same as `uniqueId`, for Incode’s earlier sample pages.',
}

const errors: readonly ErrorExample[] = [
  noCredentials(handler),
  ...authTokenErrors('start'),
  ...providerErrors('Incode', 'INCODE_FLOW_ID'),
  STORAGE,
]
export const QUERY_ERRORS: readonly ErrorExample[] = [
  { sent: { query: { language: 'Deutsch, bitte' } } },
  unknownParameter('theme'),
  ...errors,
]
export const BODY_ERRORS: readonly ErrorExample[] = [
  { sent: { body: { language: 'Deutsch, bitte' } } },
  ...errors,
  ...jsonErrors(),
]

/** Examples of the requests with the query, and with a body; `body` is the response. */
export const queryExamples = (body: unknown): Operation['examples'] => ({
  start: {
    summary: 'A new session',
    sent: { query: { language: 'de-DE', redirectUrl: 'https://app.example/done', externalCustomerId: PARTICIPANT } },
    body,
  },
  resume: { summary: 'An existing session', sent: { query: { uniqueId: UNIQUE_ID } }, body },
})
export const bodyExamples = (body: unknown): Operation['examples'] => ({
  start: {
    summary: 'A new session',
    sent: { body: { language: 'de-DE', redirectUrl: 'https://app.example/done' } },
    body,
  },
  query: { summary: 'Parameters in the query', sent: { query: { uniqueId: UNIQUE_ID } }, body },
})

const common: Pick<Operation, 'handler' | 'tag' | 'security' | 'fields' | 'responses' | 'errorSchema'> = {
  handler,
  tag: 'Identity sessions',
  security: [{ authToken: ['start'] }],
  fields: SESSION_FIELDS,
  responses: { 200: { description: 'The session.', fields: RESPONSE_FIELDS } },
  errorSchema: incodeProblemSchema,
}

export const operations: readonly Operation[] = [
  {
    ...common,
    route: 'GET /start',
    id: 'startSession',
    summary: 'Start an identity session',
    description:
      'Starts a session at Incode, or returns the session with the given `uniqueId`. The parameters of an existing session cannot change. A deployment can open this endpoint to callers without credentials (`OPEN_ENDPOINTS`).',
    errors: QUERY_ERRORS,
    examples: queryExamples(SESSION),
  },
  {
    ...common,
    route: 'POST /start',
    id: 'startSessionByBody',
    summary: 'Start an identity session, with parameters in the body',
    description: 'As `GET /start`. Each parameter goes into the query or the body, not both.',
    errors: BODY_ERRORS,
    examples: bodyExamples(SESSION),
  },
]
