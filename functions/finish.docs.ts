import { parseSessionToken, wrongSessionToken } from '../lib/identity/session-token.ts'
import { incodeProblemSchema } from '../lib/openapi/error-schemas.ts'
import { jsonErrors, problemOf, providerErrors, STORAGE } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { SESSION_TOKEN } from '../lib/openapi/samples.ts'
import { handler } from './finish.ts'

export const operations: readonly Operation[] = [
  {
    route: 'POST /finish',
    handler,
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
    errorSchema: incodeProblemSchema,
    errors: [
      { problem: problemOf(() => parseSessionToken(undefined, 'token')), sent: { body: {} } },
      ...jsonErrors(),
      {
        problem: wrongSessionToken(),
        summary: 'Not the token of this session',
        sent: { body: { token: 'another' } },
      },
      ...providerErrors('Incode', 'INCODE_API_URL').filter(({ problem }) => problem?.code !== 'provider_refused'),
      STORAGE,
    ],
    examples: {
      approved: {
        summary: 'The session passed',
        sent: { body: { token: SESSION_TOKEN } },
        body: { success: true, redirectionUrl: null, action: 'approved' },
      },
    },
  },
]
