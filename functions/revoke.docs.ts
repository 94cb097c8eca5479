import { CLIENT_ERRORS, TOKEN_FIELDS } from '../lib/openapi/errors.ts'
import { example, type Operations } from '../lib/openapi/operation.ts'
import { AUTH_TOKEN, CLIENT_ID } from '../lib/openapi/samples.ts'

export const operations: Operations = {
  'POST /revoke': {
    id: 'revokeToken',
    tag: 'OAuth 2.0',
    summary: 'Revoke an auth token',
    description:
      'Revokes a token of the client, from the next request on (RFC 7009). For tokens of other clients and other strings the response is the same and nothing changes. A public client sends its `client_id` in the form, without a secret.',
    security: [{ clientSecret: [] }, {}],
    fields: TOKEN_FIELDS,
    responses: { 200: 'The token is no longer valid.' },
    errors: [{ sent: { body: { token_type_hint: 'access_token' } } }, ...CLIENT_ERRORS],
    examples: {
      unknown: example('Not a token of this client', { body: { token: 'abc' } }, {}),
      public: example('A public client', { security: [], body: { token: AUTH_TOKEN, client_id: CLIENT_ID } }, {}),
    },
  },
}
