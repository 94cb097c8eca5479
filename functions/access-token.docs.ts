import {
  authTokenErrors,
  jsonErrors,
  noCredentials,
  providerErrors,
  STORAGE,
  unknownParameter,
} from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { handler } from './access-token.ts'

const TOKEN = 'st_0f1e2d3c4b5a69788796a5b4c3d2e1f0'

const common: Pick<Operation, 'handler' | 'tag' | 'security' | 'fields' | 'responses'> = {
  handler,
  tag: 'Access tokens',
  security: [{ authToken: ['access-token'] }],
  fields: {
    expires_in: {
      description: 'Seconds that it shall live.',
      schema: { type: 'integer', minimum: 1, maximum: 86_400, default: 900 },
    },
    user_id:
      'Your id of the end user. A public client may claim anybody’s. When a confidential client has named the participant of the auth token, it is that, and nothing else is taken.',
    test_mode: { description: 'Whether it is for the test side of the service.', schema: { type: 'boolean' } },
  },
  responses: {
    200: {
      description: 'The access token.',
      fields: { token: 'The access token of Sethealth.', expires_in: 'Seconds that it lives.' },
    },
  },
}

const errors = [
  noCredentials(handler),
  ...authTokenErrors('access-token'),
  ...providerErrors('Sethealth', 'SETHEALTH_KEY', 'SETHEALTH_SECRET'),
  STORAGE,
]

export const operations: readonly Operation[] = [
  {
    ...common,
    route: 'GET /access-token',
    id: 'getAccessToken',
    summary: 'Get an access token of Sethealth',
    description:
      'Exchanges the service account at Sethealth for a short-lived access token, which a page may have. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).',
    errors: [{ sent: { query: { expires_in: 'long' } } }, unknownParameter('role'), ...errors],
    examples: {
      usual: { summary: 'A quarter of an hour', sent: {}, body: { token: TOKEN, expires_in: 900 } },
      wished: {
        summary: 'An hour, for a user of the test side',
        sent: { query: { expires_in: 3600, user_id: 'u-17', test_mode: true } },
        body: { token: TOKEN, expires_in: 3600 },
      },
    },
  },
  {
    ...common,
    route: 'POST /access-token',
    id: 'getAccessTokenByBody',
    summary: 'Get an access token of Sethealth, parameters in the body',
    description: 'As `GET /access-token`. Parameters may stand in the query or in the body, each in one of them.',
    errors: [{ sent: { body: { expires_in: 'long' } } }, ...errors, ...jsonErrors()],
    examples: {
      wished: {
        summary: 'An hour, for a user of the test side',
        sent: { body: { expires_in: 3600, user_id: 'u-17', test_mode: true } },
        body: { token: TOKEN, expires_in: 3600 },
      },
    },
  },
]
