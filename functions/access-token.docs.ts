import { providerErrors, unknownParameter } from '../lib/openapi/errors.ts'
import { example, type Operation, type Operations } from '../lib/openapi/operation.ts'

const TOKEN = 'st_0f1e2d3c4b5a69788796a5b4c3d2e1f0'

const common = {
  tag: 'Access tokens',
  security: [{ authToken: ['access-token'] }],
  fields: {
    expires_in: {
      description: 'Lifetime in seconds.',
      schema: { type: 'integer', minimum: 1, maximum: 86_400, default: 900 },
    },
    user_id:
      'Your id for the end user. A public client may send any id. If a confidential client named the participant of the auth token, the id is that participant; any other value is rejected.',
    test_mode: { description: 'True for a token for the Sethealth test environment.', schema: { type: 'boolean' } },
  },
  responses: {
    200: {
      description: 'The access token.',
      fields: { token: 'The Sethealth access token.', expires_in: 'Lifetime in seconds.' },
    },
  },
} satisfies Partial<Operation>

const errors = [...providerErrors('Sethealth', 'SETHEALTH_KEY', 'SETHEALTH_SECRET')]

export const operations: Operations = {
  'GET /access-token': {
    ...common,
    id: 'getAccessToken',
    summary: 'Get a Sethealth access token',
    description:
      'Exchanges the Sethealth service account for a short-lived access token that a web page can use. A deployment can open this endpoint to callers without credentials (`OPEN_ENDPOINTS`).',
    errors: [{ sent: { query: { expires_in: 'long' } } }, unknownParameter('role'), ...errors],
    examples: {
      usual: example('Valid for 15 minutes', {}, { token: TOKEN, expires_in: 900 }),
      options: example(
        'Valid for an hour, for a user of the test environment',
        { query: { expires_in: 3600, user_id: 'u-17', test_mode: true } },
        { token: TOKEN, expires_in: 3600 },
      ),
    },
  },
  'POST /access-token': {
    ...common,
    id: 'getAccessTokenByBody',
    summary: 'Get a Sethealth access token, with parameters in the body',
    description: 'As `GET /access-token`. Each parameter goes into the query or the body, not both.',
    errors: [{ sent: { body: { expires_in: 'long' } } }, ...errors],
    examples: {
      options: example(
        'Valid for an hour, for a user of the test environment',
        { body: { expires_in: 3600, user_id: 'u-17', test_mode: true } },
        { token: TOKEN, expires_in: 3600 },
      ),
    },
  },
}
