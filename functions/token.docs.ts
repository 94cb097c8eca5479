import { secretMissing, wrongSecret } from '../lib/access/client-secret.ts'
import { targetInvalid } from '../lib/oauth/audience.ts'
import { publicClient } from '../lib/oauth/client-authentication.ts'
import { grantUnsupported, scopeInvalid } from '../lib/oauth/client-credentials.ts'
import { clientUnknown } from '../lib/oauth/redirect-flow.ts'
import { CLIENT_ERRORS, CLIENT_FIELDS, tooManySecrets, WRONG_BASIC } from '../lib/openapi/errors.ts'
import { example, failure, type Operation, type Operations } from '../lib/openapi/operation.ts'
import {
  AUDIENCE,
  AUTH_TOKEN,
  CALLBACK,
  CLIENT_ID,
  CLIENT_SECRET,
  CONFIDENTIAL_ID,
  EXPIRY,
  PARTICIPANT,
  UNKNOWN_ID,
} from '../lib/openapi/samples.ts'

const fields = {
  auth_token: 'The auth token, a JWT. Send it as `Authorization: Bearer`.',
  expiry: 'Expiry (UTC).',
  participant_id: 'From the request.',
  expires_in: 'Seconds until it expires.',
  callback_url: 'The registered callback URL.',
}

const AUDIENCE_FIELD =
  'A registered audience of the client, as the audience of the token (RFC 8707). Latchkey rejects tokens for other services. Default: Latchkey.'

const redirect: Operation = {
  id: 'getToken',
  tag: 'Clients and tokens',
  summary: 'Get an auth token for an app',
  description:
    'Redirects to the callback URL of the app with `auth_token`, `expiry` and `participant_id` in the query, or in the fragment of apps with hash routing (`https://ui.example/#/`). The body has the same values. If `Accept` prefers `application/json` to `text/html`, the response is 200 without a redirect. A token is valid for any number of requests until it expires. A confidential client authenticates with `Authorization: Basic`.',
  security: [{}, { clientSecret: [] }],
  fields: {
    client_id: 'Id of the app, from `/register`.',
    expiry_minutes: {
      description: 'Lifetime of the token in minutes. The deployment sets the default and the maximum.',
      schema: { type: 'integer', minimum: 1, maximum: 1440, default: 90 },
    },
    participant_id:
      'The person or device that uses the token; the response repeats it. Such a token never has the scopes `webhook`, `impersonate` and `introspect`.',
    resource: AUDIENCE_FIELD,
    audience: 'Another name of `resource`.',
  },
  responses: {
    200: { description: 'The token, if the caller prefers JSON.', fields },
    302: { description: 'The token, with the redirect to the app.', fields, headers: ['location'] },
  },
  errors: [
    { sent: { query: { expiry_minutes: 'long' } } },
    failure(secretMissing(), { query: { client_id: CONFIDENTIAL_ID } }, 'A confidential client without its secret'),
    failure(wrongSecret(), { query: { client_id: CONFIDENTIAL_ID }, headers: WRONG_BASIC }, 'A wrong secret'),
    failure(targetInvalid(), { query: { resource: 'https://other.example' } }),
    failure(clientUnknown(), { query: { client_id: UNKNOWN_ID } }),
    tooManySecrets({ query: { client_id: CONFIDENTIAL_ID }, headers: WRONG_BASIC }),
  ],
  examples: {
    redirect: example(
      'A browser, redirected to the app',
      { query: { client_id: CLIENT_ID, expiry_minutes: 15, participant_id: PARTICIPANT } },
      {
        auth_token: AUTH_TOKEN,
        expiry: EXPIRY,
        participant_id: PARTICIPANT,
        expires_in: 900,
        token_type: 'Bearer',
        callback_url: CALLBACK,
      },
      { status: 302 },
    ),
    json: example(
      'A program that asks for JSON',
      { query: { client_id: CLIENT_ID }, headers: { Accept: 'application/json' } },
      { auth_token: AUTH_TOKEN, expiry: EXPIRY, expires_in: 5400, token_type: 'Bearer', callback_url: CALLBACK },
    ),
    confidential: example(
      'The server of a confidential client',
      {
        security: ['clientSecret'],
        query: { client_id: CONFIDENTIAL_ID },
        headers: { Accept: 'application/json' },
      },
      { auth_token: AUTH_TOKEN, expiry: EXPIRY, expires_in: 5400, token_type: 'Bearer', callback_url: CALLBACK },
    ),
  },
}

const grant: Operation = {
  id: 'grantToken',
  tag: 'OAuth 2.0',
  summary: 'Get an auth token with client id and secret',
  description:
    'The OAuth client credentials grant (RFC 6749, section 4.4). Send id and secret as `Authorization: Basic` or in the form, not both. The URL must not have a query.',
  security: [{ clientSecret: [] }, {}],
  fields: {
    ...CLIENT_FIELDS,
    grant_type: { description: 'The grant type.', schema: { type: 'string', enum: ['client_credentials'] } },
    scope: 'Scopes of the token, separated by spaces; a subset of the registered scopes. Default: all of them.',
    resource: AUDIENCE_FIELD,
    audience: 'Another name of `resource`.',
    participant_id: 'The participant of the token. Latchkey trusts this name.',
    expires_in: {
      description: 'Lifetime in seconds, from 60 to 86400. A deployment can set a lower limit.',
      schema: { type: 'integer', minimum: 60, maximum: 86_400, default: 5_400 },
    },
  },
  responses: {
    200: {
      description: 'The token.',
      fields: {
        access_token: 'The auth token.',
        expires_in: 'Seconds until it expires.',
        scope: 'Its scopes, separated by spaces.',
      },
      headers: ['pragma'],
    },
  },
  errors: [
    { sent: { body: { grant_type: 'client_credentials', expires_in: 'long' } } },
    failure(grantUnsupported(), { body: { grant_type: 'password' } }),
    failure(scopeInvalid('this client', ['upload', 'download']), {
      body: { grant_type: 'client_credentials', scope: 'start' },
    }),
    failure(targetInvalid(), { body: { grant_type: 'client_credentials', resource: ['https://other.example'] } }),
    failure(
      publicClient(),
      { security: [], body: { grant_type: 'client_credentials', client_id: CLIENT_ID } },
      'A public client',
    ),
    ...CLIENT_ERRORS,
  ],
  examples: {
    basic: example(
      'Id and secret in the header',
      { body: { grant_type: 'client_credentials', scope: 'upload' } },
      { access_token: AUTH_TOKEN, token_type: 'Bearer', expires_in: 5400, scope: 'upload' },
    ),
    audience: example(
      'For another service',
      { body: { grant_type: 'client_credentials', resource: [AUDIENCE] } },
      { access_token: AUTH_TOKEN, token_type: 'Bearer', expires_in: 5400, scope: 'upload download' },
    ),
    form: example(
      'Id and secret in the form, for a participant',
      {
        security: [],
        body: {
          grant_type: 'client_credentials',
          client_id: CONFIDENTIAL_ID,
          client_secret: CLIENT_SECRET,
          participant_id: PARTICIPANT,
          expires_in: 600,
        },
      },
      { access_token: AUTH_TOKEN, token_type: 'Bearer', expires_in: 600, scope: 'upload download' },
    ),
  },
}

export const operations: Operations = { 'GET /token': redirect, 'POST /token': grant }
