import { incodeProblemSchema } from '../lib/openapi/error-schemas.ts'
import { authTokenErrors, STORAGE } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID, UNIQUE_ID } from '../lib/openapi/samples.ts'
import { handler, sessionNotFound, sessionProofMissing } from './onboarding-status.ts'

const STATUS = { success: true, interviewId: INTERVIEW_ID, onboardingStatus: 'UNKNOWN', approved: null }

export const operations: readonly Operation[] = [
  {
    route: 'GET /onboarding-status',
    handler,
    id: 'getSessionStatus',
    tag: 'Identity sessions',
    summary: 'Get the status of a session',
    description:
      'Returns the status of a session, from the events that Incode delivered. Authenticate with the token of the session, the auth token that started it, or its `uniqueId`.',
    security: [{ sessionToken: [] }, { authToken: ['start'] }, {}],
    fields: {
      interviewId: 'The session, from `/start`.',
      uniqueId: 'The `uniqueId` of the session, if the request has no other credential.',
    },
    responses: {
      200: {
        description: 'The session.',
        fields: {
          onboardingStatus: 'The latest status of the session; `UNKNOWN` before the first event.',
          approved: 'True if an identity was created; null while that is undecided.',
        },
      },
    },
    errorSchema: incodeProblemSchema,
    errors: [
      { sent: { query: { interviewId: 'no/such' } } },
      { problem: sessionProofMissing(), sent: { security: [] } },
      ...authTokenErrors('start'),
      { problem: sessionNotFound(), sent: { security: [], headers: { 'X-Token': 'another' } } },
      STORAGE,
    ],
    examples: {
      token: {
        summary: 'With the token of the session',
        sent: { query: { interviewId: INTERVIEW_ID } },
        body: STATUS,
      },
      uniqueId: {
        summary: 'With its uniqueId',
        sent: { security: [], query: { interviewId: INTERVIEW_ID, uniqueId: UNIQUE_ID } },
        body: STATUS,
      },
    },
  },
]
