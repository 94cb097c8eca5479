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
  'Where the person goes after the session: an absolute http(s) URL without user name, or one with an app’s scheme such as `com.example.app:/`.'
const redirectUrl = { description: redirect, schema: { maxLength: 2048, format: 'uri' } }

export const SESSION_FIELDS = {
  uniqueId: 'The session to resume, as it was named when it began.',
  uuid: 'Another name of `uniqueId`.',
  redirectUrl,
  redirectionUrl: { ...redirectUrl, description: 'Another name of `redirectUrl`.' },
  externalCustomerId:
    'Your id of the person. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken.',
  language: 'Language of the session, a tag such as `en-US`, which is the default.',
  flowId: 'The flow of Incode, out of those that the deployment allows. Default: the one that it names.',
}

export const RESPONSE_FIELDS = {
  token: 'The token of the session: a device may have it, and its SDK of Incode takes it.',
  interviewId: 'Incode’s name of the session.',
  uniqueId: 'Resumes the session, and proves that it is the caller’s: only who has begun it knows it.',
  uuid: 'The same as `uniqueId`, as Incode’s earlier sample pages read it.',
}

const errors: readonly ErrorExample[] = [
  noCredentials(handler),
  ...authTokenErrors('start'),
  ...providerErrors('Incode', 'INCODE_FLOW_ID'),
  STORAGE,
]
export const QUERY_ERRORS: readonly ErrorExample[] = [
  { sent: { query: { language: 'Deutsch, bitte' } } },
  unknownParameter('color'),
  ...errors,
]
export const BODY_ERRORS: readonly ErrorExample[] = [
  { sent: { body: { language: 'Deutsch, bitte' } } },
  ...errors,
  ...jsonErrors(),
]

/** Examples of the requests with the query, and with a body; `body` is the response. */
export const queryExamples = (body: unknown): Operation['examples'] => ({
  begin: {
    summary: 'A new session',
    sent: { query: { language: 'de-DE', redirectUrl: 'https://app.example/done', externalCustomerId: PARTICIPANT } },
    body,
  },
  resume: { summary: 'A session that has begun', sent: { query: { uniqueId: UNIQUE_ID } }, body },
})
export const bodyExamples = (body: unknown): Operation['examples'] => ({
  begin: {
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
    summary: 'Begin an identity session',
    description:
      'Begins a session at Incode, or gives again the one of `uniqueId`. A session that has begun keeps its parameters. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).',
    errors: QUERY_ERRORS,
    examples: queryExamples(SESSION),
  },
  {
    ...common,
    route: 'POST /start',
    id: 'startSessionByBody',
    summary: 'Begin an identity session, parameters in the body',
    description: 'As `GET /start`. Parameters may stand in the query or in the body, each in one of them.',
    errors: BODY_ERRORS,
    examples: bodyExamples(SESSION),
  },
]
