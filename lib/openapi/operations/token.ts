import * as z from 'zod'
import { handler } from '../../../functions/token.ts'
import type { Operation } from '../operation.ts'
import { invalidField, STORAGE } from '../refusals.ts'
import { AUTH_TOKEN, CALLBACK, CLIENT_ID, CONFIDENTIAL_ID, EXPIRY, PARTICIPANT, UNKNOWN_ID } from '../samples.ts'
import { jwt, tooManySecrets, WRONG_BASIC } from './client.ts'

const handedOver = z.object({
  auth_token: jwt.describe('The auth token: a JWT, to be sent as `Authorization: Bearer`.'),
  expiry: z.iso.datetime().describe('When it ends (UTC).'),
  participant_id: z.string().optional().describe('As it was sent.'),
  expires_in: z.int().min(60).describe('Seconds until it ends.'),
  token_type: z.literal('Bearer'),
  callback_url: z.url().describe('As the client was registered.'),
})

export const token: Operation = {
  route: 'GET /token',
  handler,
  id: 'getToken',
  tag: 'Clients and tokens',
  summary: 'Get an auth token for an app',
  description:
    'Redirects to the callback of the app with `auth_token`, `expiry` and `participant_id` in its query, or inside its fragment when the app routes by that (`https://ui.example/#/`). The same facts are in the body. A caller whose `Accept` prefers `application/json` to `text/html` gets 200 instead. A token is valid for many calls until it expires. A confidential client proves itself by `Authorization: Basic`.',
  security: [{}, { clientSecret: [] }],
  fields: {
    client_id: 'The app, as `/register` has named it.',
    expiry_minutes: {
      description: 'How long the token shall live. The default, and the longest, are settings of the deployment.',
      schema: { type: 'integer', minimum: 1, maximum: 1440, default: 90 },
    },
    participant_id:
      'The person or thing that the token stands for; given back unchanged. The token then lacks the scopes `webhook` and `impersonate`.',
  },
  answers: {
    200: { description: 'The token, for a caller that prefers JSON.', content: { 'application/json': handedOver } },
    302: {
      description: 'The token, on its way to the app.',
      content: { 'application/json': handedOver },
      always: ['location'],
    },
  },
  refused: [
    invalidField('expiry_minutes', 'must be a whole number of minutes', { query: { expiry_minutes: 'long' } }),
    {
      code: 'credentials_missing',
      summary: 'A confidential client without its secret',
      detail: 'This client is confidential: send its id and secret as Authorization: Basic.',
      sent: { query: { client_id: CONFIDENTIAL_ID } },
    },
    {
      code: 'credentials_invalid',
      summary: 'A wrong secret',
      detail: 'Client id and secret do not belong together.',
      sent: { query: { client_id: CONFIDENTIAL_ID }, headers: WRONG_BASIC },
    },
    {
      code: 'client_unknown',
      detail: 'Register the app first: see /register.',
      sent: { query: { client_id: UNKNOWN_ID } },
    },
    { ...tooManySecrets, sent: { query: { client_id: CONFIDENTIAL_ID }, headers: WRONG_BASIC } },
    STORAGE,
  ],
  examples: {
    redirect: {
      summary: 'A browser, sent back to the app',
      sent: { query: { client_id: CLIENT_ID, expiry_minutes: 15, participant_id: PARTICIPANT } },
      status: 302,
      body: {
        auth_token: AUTH_TOKEN,
        expiry: EXPIRY,
        participant_id: PARTICIPANT,
        expires_in: 900,
        token_type: 'Bearer',
        callback_url: CALLBACK,
      },
    },
    json: {
      summary: 'A program, which asks for JSON',
      sent: { query: { client_id: CLIENT_ID }, headers: { Accept: 'application/json' } },
      body: { auth_token: AUTH_TOKEN, expiry: EXPIRY, expires_in: 5400, token_type: 'Bearer', callback_url: CALLBACK },
    },
    confidential: {
      summary: 'The server of a confidential client',
      sent: {
        security: ['clientSecret'],
        query: { client_id: CONFIDENTIAL_ID },
        headers: { Accept: 'application/json' },
      },
      body: { auth_token: AUTH_TOKEN, expiry: EXPIRY, expires_in: 5400, token_type: 'Bearer', callback_url: CALLBACK },
    },
  },
}
