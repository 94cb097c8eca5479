import * as z from 'zod'
import { handler } from '../../../functions/token.ts'
import { oauthErrorFormat } from '../error-formats.ts'
import type { Operation } from '../operation.ts'
import { invalidField } from '../refusals.ts'
import { AUTH_TOKEN, CLIENT_ID, CLIENT_SECRET, CONFIDENTIAL_ID, PARTICIPANT } from '../samples.ts'
import { clientFields, clientRefused, jwt } from './client.ts'

const granted = z.object({
  access_token: jwt.describe('The auth token.'),
  token_type: z.literal('Bearer'),
  expires_in: z.int().min(60).describe('Seconds until it ends.'),
  scope: z.string().describe('What it may do: names separated by blanks.'),
})

export const grant: Operation = {
  route: 'POST /token',
  handler,
  id: 'grantToken',
  tag: 'OAuth 2.0',
  summary: 'Exchange client id and secret for an auth token',
  description:
    "OAuth's client credentials grant (RFC 6749, section 4.4). Id and secret go into `Authorization: Basic` or into the form, not into both; the address takes no parameters.",
  security: [{ clientSecret: [] }, {}],
  fields: {
    ...clientFields,
    grant_type: { description: 'The kind of grant.', schema: { type: 'string', enum: ['client_credentials'] } },
    scope:
      'What the token shall be able to do: names separated by blanks, out of those registered. Default: all of them.',
    participant_id: 'The person for whom the client asks, whom Latchkey then trusts to be that.',
    expires_in: {
      description: 'Seconds that the token shall live, from 60 to 86400; fewer where the deployment says so.',
      schema: { type: 'integer', minimum: 60, maximum: 86_400, default: 5_400 },
    },
  },
  answers: {
    200: {
      description: 'The token.',
      content: { 'application/json': granted },
      always: ['pragma'],
    },
  },
  telling: oauthErrorFormat,
  refused: [
    invalidField('expires_in', 'must be a whole number of seconds', {
      body: { grant_type: 'client_credentials', expires_in: 'long' },
    }),
    {
      code: 'grant_unsupported',
      detail: 'The only grant_type is client_credentials.',
      sent: { body: { grant_type: 'password' } },
    },
    {
      code: 'scope_invalid',
      detail: 'The scopes of this client are: upload download.',
      sent: { body: { grant_type: 'client_credentials', scope: 'start' } },
    },
    {
      code: 'client_unauthorized',
      summary: 'A public client',
      detail: 'A public client has no secret: it gets its tokens from GET /token.',
      sent: { security: [], body: { grant_type: 'client_credentials', client_id: CLIENT_ID } },
    },
    ...clientRefused,
  ],
  examples: {
    basic: {
      summary: 'Id and secret in the header',
      sent: { body: { grant_type: 'client_credentials', scope: 'upload' } },
      body: { access_token: AUTH_TOKEN, token_type: 'Bearer', expires_in: 5400, scope: 'upload' },
    },
    form: {
      summary: 'Id and secret in the form, for a participant',
      sent: {
        security: [],
        body: {
          grant_type: 'client_credentials',
          client_id: CONFIDENTIAL_ID,
          client_secret: CLIENT_SECRET,
          participant_id: PARTICIPANT,
          expires_in: 600,
        },
      },
      body: { access_token: AUTH_TOKEN, token_type: 'Bearer', expires_in: 600, scope: 'upload download' },
    },
  },
}
