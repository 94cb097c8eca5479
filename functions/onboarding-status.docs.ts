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
    summary: 'How far a session is',
    description:
      'Tells how far a session is, by what Incode has said in its events. The caller proves that it is theirs by its token, by the auth token that began it, or by its `uniqueId`.',
    security: [{ sessionToken: [] }, { authToken: ['start'] }, {}],
    fields: {
      interviewId: 'The session, as `/start` has named it.',
      uniqueId: 'The `uniqueId` of the session, where nothing else proves whose it is.',
    },
    responses: {
      200: {
        description: 'The session.',
        fields: {
          onboardingStatus: 'The furthest status that Incode has sent, `UNKNOWN` when it has sent none.',
          approved: 'Whether an identity was made; null until that is decided.',
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
        summary: 'By the token of the session',
        sent: { query: { interviewId: INTERVIEW_ID } },
        body: STATUS,
      },
      uniqueId: {
        summary: 'By its uniqueId',
        sent: { security: [], query: { interviewId: INTERVIEW_ID, uniqueId: UNIQUE_ID } },
        body: STATUS,
      },
    },
  },
]
