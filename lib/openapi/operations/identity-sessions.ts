import * as z from 'zod'
import { handler as onboardingUrl } from '../../../functions/onboarding-url.ts'
import { handler as start } from '../../../functions/start.ts'
import { incodeProblemFormat } from '../error-formats.ts'
import type { Operation } from '../operation.ts'
import {
  authTokenRefused,
  invalidField,
  jsonRefused,
  missing,
  providerRefused,
  STORAGE,
  unknownParameter,
  wantedToken,
} from '../refusals.ts'
import { INTERVIEW_ID, PARTICIPANT, SESSION_TOKEN, UNIQUE_ID } from '../samples.ts'

const session = z.object({
  success: z.literal(true),
  token: z.string().describe('The token of the session: a device may have it, and its SDK of Incode takes it.'),
  interviewId: z.string().describe('Incode’s name of the session.'),
  uniqueId: z
    .uuid()
    .describe('Resumes the session, and proves that it is the caller’s: only who has begun it knows it.'),
  uuid: z.uuid().describe('The same as `uniqueId`, as Incode’s earlier sample pages read it.'),
})
const sessionWithUrl = session.extend({ url: z.url().describe('Where the person goes through the session.') })

const NEW = { success: true, token: SESSION_TOKEN, interviewId: INTERVIEW_ID, uniqueId: UNIQUE_ID, uuid: UNIQUE_ID }

const redirect =
  'Where the person goes after the session: an absolute http(s) URL without user name, or one with an app’s scheme such as `com.example.app:/`.'

const redirectUrl = { description: redirect, schema: { maxLength: 2048, format: 'uri' } }

const begin: Operation = {
  route: 'GET /start',
  handler: start,
  id: 'startSession',
  tag: 'Identity sessions',
  summary: 'Begin an identity session',
  description:
    'Begins a session at Incode, or gives again the one of `uniqueId`. A session that has begun keeps its parameters. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).',
  security: [{ authToken: ['start'] }],
  fields: {
    uniqueId: 'The session to resume, as it was named when it began.',
    uuid: 'Another name of `uniqueId`.',
    redirectUrl,
    redirectionUrl: { ...redirectUrl, description: 'Another name of `redirectUrl`.' },
    externalCustomerId:
      'Your id of the person. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken.',
    language: 'Language of the session, a tag such as `en-US`, which is the default.',
    flowId: 'The flow of Incode, out of those that the deployment allows. Default: the one that it names.',
  },
  answers: { 200: { description: 'The session.', content: { 'application/json': session } } },
  telling: incodeProblemFormat,
  refused: [
    invalidField('language', 'must be a language tag such as en-US', { query: { language: 'Deutsch, bitte' } }),
    unknownParameter('color'),
    missing(wantedToken('start')),
    ...authTokenRefused('start'),
    ...providerRefused('Incode', 'INCODE_FLOW_ID'),
    STORAGE,
  ],
  examples: {
    begin: {
      summary: 'A new session',
      sent: { query: { language: 'de-DE', redirectUrl: 'https://app.example/done', externalCustomerId: PARTICIPANT } },
      body: NEW,
    },
    resume: { summary: 'A session that has begun', sent: { query: { uniqueId: UNIQUE_ID } }, body: NEW },
  },
}

const beginByBody: Operation = {
  ...begin,
  route: 'POST /start',
  id: 'startSessionByBody',
  summary: 'Begin an identity session, parameters in the body',
  description: 'As `GET /start`. Parameters may stand in the query or in the body, each in one of them.',
  refused: [
    invalidField('language', 'must be a language tag such as en-US', { body: { language: 'Deutsch, bitte' } }),
    ...begin.refused.filter(({ code }) => code !== 'parameter_invalid'),
    ...jsonRefused(64_000),
  ],
  examples: {
    begin: {
      summary: 'A new session',
      sent: { body: { language: 'de-DE', redirectUrl: 'https://app.example/done' } },
      body: NEW,
    },
    query: { summary: 'Parameters in the query', sent: { query: { uniqueId: UNIQUE_ID } }, body: NEW },
  },
}

const WITH_URL = {
  ...NEW,
  url: `https://onboarding.fake-incode.example/fake123/flow/fake-flow?interview=${INTERVIEW_ID}`,
}

/** The same with the address of the session. */
const withUrl = (operation: Operation, id: string): Operation => ({
  ...operation,
  route: operation.route.replace('/start', '/onboarding-url'),
  handler: onboardingUrl,
  id,
  summary: operation.summary.replace('session', 'session with a page'),
  description: `As \`${operation.route}\`, with the \`url\` where the person goes through the session. When Incode gives none, the refusal has the \`uniqueId\` of the session that has begun: the next call resumes it.`,
  answers: { 200: { description: 'The session.', content: { 'application/json': sessionWithUrl } } },
  examples: Object.fromEntries(
    Object.entries(operation.examples).map(([name, example]) => [name, { ...example, body: WITH_URL }]),
  ),
})

export const identitySessions = [
  begin,
  beginByBody,
  withUrl(begin, 'getOnboardingUrl'),
  withUrl(beginByBody, 'getOnboardingUrlByBody'),
]
