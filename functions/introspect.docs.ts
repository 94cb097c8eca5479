import { publicClient } from '../lib/oauth/client-authentication.ts'
import { CLIENT_ERRORS, TOKEN_FIELDS } from '../lib/openapi/errors.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { AUTH_TOKEN, CLIENT_ID, CONFIDENTIAL_ID, ISSUER } from '../lib/openapi/samples.ts'

export const operations: Operations = {
  'POST /introspect': {
    id: 'introspectToken',
    tag: 'OAuth 2.0',
    summary: 'Check an auth token',
    description:
      'Returns to a confidential client whether one of its own tokens is valid, and its scope (RFC 7662). A client with the scope `introspect` can check the tokens of every client. For expired tokens, tokens of other clients and other strings the response is `{"active": false}`.',
    security: [{ clientSecret: [] }, {}],
    fields: TOKEN_FIELDS,
    responses: {
      200: {
        description: 'The state of the token.',
        fields: {
          scope: 'Scopes of the token, separated by spaces.',
          exp: 'Expiry in UNIX seconds.',
          iat: 'Time of issue in UNIX seconds.',
          sub: 'The client.',
          aud: 'The services that the token is for.',
          iss: 'The address of Latchkey when it issued the token.',
          jti: 'Id of the token.',
          participant_id: 'The participant of the token.',
          token_type: '`DPoP` if the token is bound to a key, else `Bearer`.',
          cnf: 'The key of a bound token: `jkt` is its thumbprint (RFC 9449, section 6.2).',
        },
      },
    },
    errors: [
      { sent: { body: { token_type_hint: 'access_token' } } },
      failure(publicClient(), { security: [], body: { token: AUTH_TOKEN, client_id: CLIENT_ID } }, 'A public client'),
      ...CLIENT_ERRORS,
    ],
    examples: {
      active: example(
        'A valid token',
        { body: { token: AUTH_TOKEN } },
        {
          active: true,
          scope: 'upload download',
          client_id: CONFIDENTIAL_ID,
          token_type: 'Bearer',
          exp: 1_777_815_000,
          iat: 1_777_809_600,
          sub: CONFIDENTIAL_ID,
          aud: ISSUER,
          iss: ISSUER,
          jti: '0b7c2f1e-58a4-4a0b-9f43-6b1f9a0d4c77',
        },
      ),
      inactive: example('Anything else', { body: { token: 'abc' } }, { active: false }),
    },
  },
}
