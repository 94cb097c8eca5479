import { secretMissing, wrongSecret } from '../lib/access/client-secret.ts'
import { proofInvalid } from '../lib/access/dpop.ts'
import {
  attestationExpired,
  attestationInvalid,
  attestationMissing,
  challengeRequired,
} from '../lib/attestation/authenticate-app.ts'
import { clientUnknown } from '../lib/clients/active-client.ts'
import { scopeInvalid } from '../lib/clients/scopes.ts'
import { targetInvalid } from '../lib/oauth/audience.ts'
import { grantInvalid, requestedChallenge } from '../lib/oauth/authorization-code.ts'
import { publicClient } from '../lib/oauth/client-authentication.ts'
import { grantUnsupported } from '../lib/oauth/client-credentials.ts'
import { nonceRequired } from '../lib/oauth/proof-nonce.ts'
import { codeRequired, redirectUriUnknown } from '../lib/oauth/redirect-flow.ts'
import { CLIENT_ERRORS, CLIENT_FIELDS, tooManySecrets, WRONG_BASIC } from '../lib/openapi/errors.ts'
import { example, failure, type Operation, type Operations, type RequestExample } from '../lib/openapi/operation.ts'
import {
  ATTESTATION_CHALLENGE,
  ATTESTATION_PROOF,
  ATTESTED_ID,
  AUDIENCE,
  AUTH_TOKEN,
  CALLBACK,
  CLIENT_ATTESTATION,
  CLIENT_ID,
  CLIENT_SECRET,
  CODE,
  CODE_CHALLENGE,
  CODE_VERIFIER,
  CONFIDENTIAL_ID,
  EXPIRY,
  PARTICIPANT,
  UNKNOWN_ID,
} from '../lib/openapi/samples.ts'

const PROOF = 'not-a-proof'

const fields = {
  auth_token: 'The auth token, a JWT. Send it as `Authorization: Bearer`.',
  expiry: 'Expiry (UTC).',
  participant_id: 'From the request.',
  expires_in: 'Seconds until it expires.',
  callback_url: 'The callback URL.',
}

const AUDIENCE_FIELD =
  'A registered audience of the client, as the audience of the token (RFC 8707). Latchkey rejects tokens for other services. Default: Latchkey.'

const redirect: Operation = {
  id: 'getToken',
  tag: 'Clients and tokens',
  summary: 'Get an auth token for an app',
  description:
    'Redirects to the callback URL of the app with `auth_token`, `expiry` and `participant_id` in the query, or in the fragment of apps with hash routing (`https://ui.example/#/`). The body has the same values. With `response=json`, or if `Accept` prefers `application/json` to `text/html`, the response is 200 without a redirect. With `code_challenge` (RFC 7636), the redirect has a one-time `code` and the `state` instead, without a body, so that no token appears in a URL. The app redeems it within 60 seconds at `POST /token`. A token is valid for any number of requests until it expires. A confidential client authenticates with `Authorization: Basic`. Tokens that are bound to a key need a code: `client_unauthorized` otherwise. So do those of attested clients.',
  security: [{}, { clientSecret: [] }],
  fields: {
    client_id: 'Id of the app, from `/register`.',
    expiry_minutes: {
      description: 'Lifetime of the token in minutes. The deployment sets the default and the maximum.',
      schema: { type: 'integer', minimum: 1, maximum: 1440, default: 90 },
    },
    participant_id:
      'The person or device that uses the token; the response repeats it. Such a token never has the scopes `webhook`, `impersonate` and `introspect`.',
    redirect_uri: 'A registered callback URL, exactly. Default: the `callback_url` of the registration.',
    response: '`json` for a response without a redirect, whatever `Accept` is.',
    response_type: '`code`, or omitted. Other values have no meaning without `code_challenge`.',
    code_challenge: 'The SHA-256 of a random `code_verifier`, in base64url. The redirect then has a code.',
    code_challenge_method: '`S256`, with `code_challenge`.',
    dpop_jkt:
      'The thumbprint of the key (RFC 7638) that the token of the code will be bound to, with `code_challenge` only (RFC 9449).',
    scope: 'Scopes of the token, with `code_challenge` only: a subset of the registered scopes, separated by spaces.',
    state: 'A random value of the app, with `code_challenge` only. The redirect repeats it.',
    resource: AUDIENCE_FIELD,
    audience: 'Another name of `resource`.',
  },
  responses: {
    200: { description: 'The token, if the caller prefers JSON.', fields },
    302: {
      description: 'The redirect to the app, with the token. With `code_challenge` it has no body.',
      fields,
      headers: ['location'],
    },
  },
  errors: [
    { sent: { query: { expiry_minutes: 'long' } } },
    failure(
      redirectUriUnknown(),
      { query: { redirect_uri: 'https://other.example/' } },
      'Not a registered callback URL',
    ),
    failure(
      () => requestedChallenge({ code_challenge: CODE_CHALLENGE }),
      { query: { code_challenge: CODE_CHALLENGE } },
      'A challenge without its method',
    ),
    failure(scopeInvalid('this client', ['upload', 'download', 'delete', 'start', 'access-token']), {
      query: {
        code_challenge: CODE_CHALLENGE,
        code_challenge_method: 'S256',
        scope: 'webhook',
        participant_id: undefined,
      },
    }),
    failure(secretMissing(), { query: { client_id: CONFIDENTIAL_ID } }, 'A confidential client without its secret'),
    failure(wrongSecret(), { query: { client_id: CONFIDENTIAL_ID }, headers: WRONG_BASIC }, 'A wrong secret'),
    failure(targetInvalid(), { query: { resource: 'https://other.example' } }),
    failure(attestationMissing(), { query: { client_id: ATTESTED_ID } }, 'An attested client without a code_challenge'),
    failure(codeRequired(), { headers: { DPoP: PROOF } }),
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
      { query: { client_id: CLIENT_ID, response: 'json' } },
      { auth_token: AUTH_TOKEN, expiry: EXPIRY, expires_in: 5400, token_type: 'Bearer', callback_url: CALLBACK },
    ),
    code: example(
      'An app that gets a code instead of the token',
      {
        query: {
          client_id: CLIENT_ID,
          response_type: 'code',
          redirect_uri: CALLBACK,
          scope: 'upload',
          state: 'af0ifjsldkj',
          code_challenge: CODE_CHALLENGE,
          code_challenge_method: 'S256',
        },
      },
      undefined,
      { status: 302 },
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

const PROOF_HEADERS = {
  'OAuth-Client-Attestation': CLIENT_ATTESTATION,
  'OAuth-Client-Attestation-PoP': ATTESTATION_PROOF,
}
const WITHOUT_ATTESTATION = { security: [], body: { grant_type: 'client_credentials', client_id: ATTESTED_ID } }
const attestedBy = (attestation: string): RequestExample => ({
  ...WITHOUT_ATTESTATION,
  security: [],
  headers: { ...PROOF_HEADERS, 'OAuth-Client-Attestation': attestation },
})

const grant: Operation = {
  id: 'grantToken',
  tag: 'OAuth 2.0',
  summary: 'Get an auth token with a secret or a code',
  description:
    'The OAuth client credentials grant (RFC 6749, section 4.4), and the authorisation code grant for the codes of `GET /token` (section 4.1). Send id and secret as `Authorization: Basic` or in the form, not both; a public client sends its `client_id` and a code. The app of an attested client sends a client attestation and a proof of possession (draft-ietf-oauth-attestation-based-client-auth) instead of a secret, in two headers. Using a code twice revokes its token. The URL must not have a query. With a DPoP proof (RFC 9449), the token is bound to its key, and `token_type` is `DPoP`.',
  security: [{ clientSecret: [] }, {}],
  headers: {
    DPoP: 'A proof for this request: a JWT that is signed with the key that the token will be bound to. Some deployments require the nonce of `DPoP-Nonce` in it.',
    'OAuth-Client-Attestation': 'The client attestation of an attested app, from `POST /attest`.',
    'OAuth-Client-Attestation-PoP':
      'A JWT of the type `oauth-client-attestation-pop+jwt` by the attested key, with `aud` (the issuer), a new `jti` and `iat`. With `challenge`, from `POST /attest/challenge` or an error, the clock of the phone does not matter.',
  },
  fields: {
    ...CLIENT_FIELDS,
    grant_type: {
      description: 'The grant type.',
      schema: { type: 'string', enum: ['client_credentials', 'authorization_code'] },
    },
    code: 'The `code` that `GET /token` sent to the callback URL, with `authorization_code`.',
    code_verifier: 'The text whose SHA-256 was the `code_challenge`: 43 to 128 of the characters A-Z a-z 0-9 - . _ ~',
    redirect_uri: 'The `redirect_uri` of the request for the code, if it had one.',
    scope:
      'Scopes of the token, separated by spaces; a subset of the registered scopes. Default: all of them. A code has its own.',
    participant_id: 'The participant of the token. Latchkey trusts this name. A code has its own.',
    resource: AUDIENCE_FIELD,
    audience: 'Another name of `resource`.',
    expires_in: {
      description: 'Lifetime in seconds, from 60 to 86400. A deployment can set a lower limit. A code has its own.',
      schema: { type: 'integer', minimum: 60, maximum: 86_400, default: 5_400 },
    },
  },
  responses: {
    200: {
      description: 'The token.',
      fields: {
        access_token: 'The auth token.',
        token_type: '`DPoP` if the token is bound to a key, else `Bearer`.',
        expires_in: 'Seconds until it expires.',
        scope: 'Its scopes, separated by spaces.',
      },
      headers: ['pragma'],
      optionalHeaders: ['dpop-nonce'],
    },
  },
  errors: [
    { sent: { body: { grant_type: 'client_credentials', expires_in: 'long' } } },
    failure(grantUnsupported(), { body: { grant_type: 'password' } }),
    failure(scopeInvalid('this client', ['upload', 'download']), {
      body: { grant_type: 'client_credentials', scope: 'start' },
    }),
    failure(grantInvalid(), {
      security: [],
      body: { grant_type: 'authorization_code', client_id: CLIENT_ID, code: 'used', code_verifier: CODE_VERIFIER },
    }),
    failure(targetInvalid(), { body: { grant_type: 'client_credentials', resource: ['https://other.example'] } }),
    failure(
      publicClient(),
      { security: [], body: { grant_type: 'client_credentials', client_id: CLIENT_ID } },
      'A public client',
    ),
    failure(proofInvalid('the header DPoP must be a JWT'), {
      body: { grant_type: 'client_credentials' },
      headers: { DPoP: PROOF },
    }),
    failure(nonceRequired({ 'dpop-nonce': 'a nonce' }), { body: { grant_type: 'client_credentials' } }),
    failure(attestationMissing(), WITHOUT_ATTESTATION, 'An attested client without a client attestation'),
    failure(attestationInvalid('signature'), attestedBy(AUTH_TOKEN)),
    failure(attestationExpired(), attestedBy(CLIENT_ATTESTATION), 'The client attestation has expired'),
    failure(
      challengeRequired('time', ATTESTATION_CHALLENGE),
      attestedBy(CLIENT_ATTESTATION),
      'The clock of the phone is wrong',
    ),
    ...CLIENT_ERRORS,
  ],
  examples: {
    basic: example(
      'Id and secret in the header',
      { body: { grant_type: 'client_credentials', scope: 'upload' } },
      { access_token: AUTH_TOKEN, token_type: 'Bearer', expires_in: 5400, scope: 'upload' },
    ),
    code: example(
      'An app redeems its code',
      {
        security: [],
        body: {
          grant_type: 'authorization_code',
          client_id: CLIENT_ID,
          code: CODE,
          code_verifier: CODE_VERIFIER,
          redirect_uri: CALLBACK,
        },
      },
      { access_token: AUTH_TOKEN, token_type: 'Bearer', expires_in: 5400, scope: 'upload' },
    ),
    attested: example(
      'An attested app',
      { security: [], headers: PROOF_HEADERS, body: { grant_type: 'client_credentials', client_id: ATTESTED_ID } },
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
