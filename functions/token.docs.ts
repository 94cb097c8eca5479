import { secretMissing, wrongSecret } from '../lib/access/client-secret.ts'
import { publicClient } from '../lib/oauth/client-authentication.ts'
import { grantUnsupported, scopeInvalid } from '../lib/oauth/client-credentials.ts'
import { clientUnknown } from '../lib/oauth/redirect-flow.ts'
import { oauthErrorSchema } from '../lib/openapi/error-schemas.ts'
import { CLIENT_ERRORS, CLIENT_FIELDS, STORAGE, TOO_MANY_SECRETS, WRONG_BASIC } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import {
  AUTH_TOKEN,
  CALLBACK,
  CLIENT_ID,
  CLIENT_SECRET,
  CONFIDENTIAL_ID,
  EXPIRY,
  PARTICIPANT,
  UNKNOWN_ID,
} from '../lib/openapi/samples.ts'
import { handler } from './token.ts'

const fields = {
  auth_token: 'The auth token: a JWT, to be sent as `Authorization: Bearer`.',
  expiry: 'When it ends (UTC).',
  participant_id: 'As it was sent.',
  expires_in: 'Seconds until it ends.',
  callback_url: 'As the client was registered.',
}

const redirect: Operation = {
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
  responses: {
    200: { description: 'The token, for a caller that prefers JSON.', fields },
    302: { description: 'The token, on its way to the app.', fields, headers: ['location'] },
  },
  errors: [
    { sent: { query: { expiry_minutes: 'long' } } },
    {
      problem: secretMissing(),
      summary: 'A confidential client without its secret',
      sent: { query: { client_id: CONFIDENTIAL_ID } },
    },
    {
      problem: wrongSecret(),
      summary: 'A wrong secret',
      sent: { query: { client_id: CONFIDENTIAL_ID }, headers: WRONG_BASIC },
    },
    { problem: clientUnknown(), sent: { query: { client_id: UNKNOWN_ID } } },
    { ...TOO_MANY_SECRETS, sent: { query: { client_id: CONFIDENTIAL_ID }, headers: WRONG_BASIC } },
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

const grant: Operation = {
  route: 'POST /token',
  handler,
  id: 'grantToken',
  tag: 'OAuth 2.0',
  summary: 'Exchange client id and secret for an auth token',
  description:
    "OAuth's client credentials grant (RFC 6749, section 4.4). Id and secret go into `Authorization: Basic` or into the form, not into both; the address takes no parameters.",
  security: [{ clientSecret: [] }, {}],
  fields: {
    ...CLIENT_FIELDS,
    grant_type: { description: 'The kind of grant.', schema: { type: 'string', enum: ['client_credentials'] } },
    scope:
      'What the token shall be able to do: names separated by blanks, out of those registered. Default: all of them.',
    participant_id: 'The person for whom the client asks, whom Latchkey then trusts to be that.',
    expires_in: {
      description: 'Seconds that the token shall live, from 60 to 86400; fewer where the deployment says so.',
      schema: { type: 'integer', minimum: 60, maximum: 86_400, default: 5_400 },
    },
  },
  responses: {
    200: {
      description: 'The token.',
      fields: {
        access_token: 'The auth token.',
        expires_in: 'Seconds until it ends.',
        scope: 'What it may do: names separated by blanks.',
      },
      headers: ['pragma'],
    },
  },
  errorSchema: oauthErrorSchema,
  errors: [
    { sent: { body: { grant_type: 'client_credentials', expires_in: 'long' } } },
    { problem: grantUnsupported(), sent: { body: { grant_type: 'password' } } },
    {
      problem: scopeInvalid('this client', ['upload', 'download']),
      sent: { body: { grant_type: 'client_credentials', scope: 'start' } },
    },
    {
      problem: publicClient(),
      summary: 'A public client',
      sent: { security: [], body: { grant_type: 'client_credentials', client_id: CLIENT_ID } },
    },
    ...CLIENT_ERRORS,
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

export const operations: readonly Operation[] = [redirect, grant]
