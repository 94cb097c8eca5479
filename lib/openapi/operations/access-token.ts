import * as z from 'zod'
import { handler } from '../../../functions/access-token.ts'
import type { Operation } from '../operation.ts'
import {
  authTokenRefused,
  invalidField,
  jsonRefused,
  missing,
  providerRefused,
  STORAGE,
  unknownParameter,
  wantedToken,
} from '../refusals.ts'

const answer = z.object({
  token: z.string().describe('The access token of Sethealth.'),
  expires_in: z.int().describe('Seconds that it lives.'),
})

const TOKEN = 'st_0f1e2d3c4b5a69788796a5b4c3d2e1f0'

const byQuery: Operation = {
  route: 'GET /access-token',
  handler,
  id: 'getAccessToken',
  tag: 'Access tokens',
  summary: 'Get an access token of Sethealth',
  description:
    'Exchanges the service account at Sethealth for a short-lived access token, which a page may have. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).',
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
  answers: { 200: { description: 'The access token.', content: { 'application/json': answer } } },
  refused: [
    invalidField('expires_in', 'must be a whole number of seconds', { query: { expires_in: 'long' } }),
    unknownParameter('role'),
    missing(wantedToken('access-token')),
    ...authTokenRefused('access-token'),
    ...providerRefused('Sethealth', 'SETHEALTH_KEY', 'SETHEALTH_SECRET'),
    STORAGE,
  ],
  examples: {
    usual: { summary: 'A quarter of an hour', sent: {}, body: { token: TOKEN, expires_in: 900 } },
    wished: {
      summary: 'An hour, for a user of the test side',
      sent: { query: { expires_in: 3600, user_id: 'u-17', test_mode: true } },
      body: { token: TOKEN, expires_in: 3600 },
    },
  },
}

const byBody: Operation = {
  ...byQuery,
  route: 'POST /access-token',
  id: 'getAccessTokenByBody',
  summary: 'Get an access token of Sethealth, parameters in the body',
  description: 'As `GET /access-token`. Parameters may stand in the query or in the body, each in one of them.',
  refused: [
    invalidField('expires_in', 'must be a whole number of seconds', { body: { expires_in: 'long' } }),
    ...byQuery.refused.filter(({ code }) => code !== 'parameter_invalid'),
    ...jsonRefused(64_000),
  ],
  examples: {
    wished: {
      summary: 'An hour, for a user of the test side',
      sent: { body: { expires_in: 3600, user_id: 'u-17', test_mode: true } },
      body: { token: TOKEN, expires_in: 3600 },
    },
  },
}

export const accessTokens = [byQuery, byBody]
