import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID, UNIQUE_ID } from '../lib/openapi/samples.ts'
import { sessionNotFound, sessionProofMissing } from './onboarding-status.ts'

const STATUS = { success: true, interviewId: INTERVIEW_ID, onboardingStatus: 'UNKNOWN', approved: null }

export const operations: Operations = {
  'GET /onboarding-status': {
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
    errors: [
      { sent: { query: { interviewId: 'no/such' } } },
      failure(sessionProofMissing(), { security: [] }),
      failure(sessionNotFound(), { security: [], headers: { 'X-Token': 'another' } }),
    ],
    examples: {
      token: example('With the token of the session', { query: { interviewId: INTERVIEW_ID } }, STATUS),
      uniqueId: example(
        'With its uniqueId',
        { security: [], query: { interviewId: INTERVIEW_ID, uniqueId: UNIQUE_ID } },
        STATUS,
      ),
    },
  },
}
