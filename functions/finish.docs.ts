import { parseSessionToken, wrongSessionToken } from '../lib/identity/session-token.ts'
import { providerErrors } from '../lib/openapi/errors.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { SESSION_TOKEN } from '../lib/openapi/samples.ts'

export const operations: Operations = {
  'POST /finish': {
    id: 'finishSession',
    tag: 'Identity sessions',
    summary: 'Get the result of a session',
    description: 'Asks Incode where the person goes after the session. The token of the session is the credential.',
    security: [],
    fields: {
      token: { description: 'The token of the session.', schema: { pattern: '^[!-~]{1,4096}$' }, required: true },
    },
    responses: {
      200: {
        description: 'The result.',
        fields: {
          redirectionUrl: 'Where the person goes next.',
          action: '`approved`, `rejected`, `manualReview` or `none`.',
        },
      },
    },
    errors: [
      failure(() => parseSessionToken(undefined, 'token'), { body: {} }),
      failure(wrongSessionToken(), { body: { token: 'another' } }, 'Not the token of this session'),
      ...providerErrors('Incode', 'INCODE_API_URL').filter(({ problem }) => problem?.code !== 'provider_refused'),
    ],
    examples: {
      approved: example(
        'The session passed',
        { body: { token: SESSION_TOKEN } },
        { success: true, redirectionUrl: null, action: 'approved' },
      ),
    },
  },
}
