import { incodeProblemSchema } from '../lib/openapi/error-schemas.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID } from '../lib/openapi/samples.ts'
import { handler } from './onboarding-url.ts'
import {
  BODY_ERRORS,
  bodyExamples,
  QUERY_ERRORS,
  queryExamples,
  RESPONSE_FIELDS,
  SESSION,
  SESSION_FIELDS,
} from './start.docs.ts'

const WITH_URL = {
  ...SESSION,
  url: `https://onboarding.fake-incode.example/fake123/flow/fake-flow?interview=${INTERVIEW_ID}`,
}

const about = (start: string) =>
  `As \`${start}\`, with the \`url\` of the page for the person. If Incode returns no URL, the error contains the \`uniqueId\` of the session: the next request resumes it.`

const common: Pick<Operation, 'handler' | 'tag' | 'security' | 'fields' | 'responses' | 'errorSchema'> = {
  handler,
  tag: 'Identity sessions',
  security: [{ authToken: ['start'] }],
  fields: SESSION_FIELDS,
  responses: {
    200: {
      description: 'The session.',
      fields: { ...RESPONSE_FIELDS, url: 'The page where the person completes the session.' },
    },
  },
  errorSchema: incodeProblemSchema,
}

export const operations: readonly Operation[] = [
  {
    ...common,
    route: 'GET /onboarding-url',
    id: 'getOnboardingUrl',
    summary: 'Start an identity session with a page',
    description: about('GET /start'),
    errors: QUERY_ERRORS,
    examples: queryExamples(WITH_URL),
  },
  {
    ...common,
    route: 'POST /onboarding-url',
    id: 'getOnboardingUrlByBody',
    summary: 'Start an identity session with a page, with parameters in the body',
    description: about('POST /start'),
    errors: BODY_ERRORS,
    examples: bodyExamples(WITH_URL),
  },
]
