import { parseSessionToken, wrongSessionToken } from '../lib/identity/session-token.ts'
import { incodeProblemSchema } from '../lib/openapi/error-schemas.ts'
import { problemOf, providerErrors, STORAGE } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID } from '../lib/openapi/samples.ts'
import { handler } from './fetch-score.ts'

export const operations: readonly Operation[] = [
  {
    route: 'GET /fetch-score',
    handler,
    id: 'fetchScore',
    tag: 'Identity sessions',
    summary: 'Get the score of a finished session',
    description: 'Asks Incode for the score of a session. The token of the session is the credential.',
    security: [{ sessionToken: [] }],
    fields: { interviewId: 'The session, from `/start`.' },
    responses: { 200: { description: 'The score.' } },
    errorSchema: incodeProblemSchema,
    errors: [
      { sent: { query: { interviewId: 'no/such' } } },
      {
        problem: problemOf(() => parseSessionToken(undefined, 'X-Token')),
        summary: 'No token',
        sent: { security: [] },
      },
      {
        problem: wrongSessionToken(),
        summary: 'Not the token of this session',
        sent: { security: [], headers: { 'X-Token': 'another' } },
      },
      ...providerErrors('Incode', 'INCODE_API_URL').filter(({ problem }) => problem?.code !== 'provider_refused'),
      STORAGE,
    ],
    examples: {
      passed: {
        summary: 'The session passed',
        sent: { query: { interviewId: INTERVIEW_ID } },
        body: { success: true, score: 'OK' },
      },
    },
  },
]
