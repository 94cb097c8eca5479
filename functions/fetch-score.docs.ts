import { parseSessionToken, wrongSessionToken } from '../lib/identity/session-token.ts'
import { providerErrors } from '../lib/openapi/errors.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID } from '../lib/openapi/samples.ts'

export const operations: Operations = {
  'GET /fetch-score': {
    id: 'fetchScore',
    tag: 'Identity sessions',
    summary: 'Get the score of a finished session',
    description: 'Asks Incode for the score of a session. The token of the session is the credential.',
    security: [{ sessionToken: [] }],
    fields: { interviewId: 'The session, from `/start`.' },
    responses: { 200: 'The score.' },
    errors: [
      { sent: { query: { interviewId: 'no/such' } } },
      failure(() => parseSessionToken(undefined, 'X-Token'), { security: [] }, 'No token'),
      failure(
        wrongSessionToken(),
        { security: [], headers: { 'X-Token': 'another' } },
        'Not the token of this session',
      ),
      ...providerErrors('Incode', 'INCODE_API_URL').filter(({ problem }) => problem?.code !== 'provider_refused'),
    ],
    examples: {
      passed: example('The session passed', { query: { interviewId: INTERVIEW_ID } }, { success: true, score: 'OK' }),
    },
  },
}
