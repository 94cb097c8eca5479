import { oauthErrorSchema } from '../lib/openapi/error-schemas.ts'
import { CLIENT_ERRORS, CLIENT_FIELDS } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { AUTH_TOKEN, CLIENT_ID } from '../lib/openapi/samples.ts'
import { handler } from './revoke.ts'

export const operations: readonly Operation[] = [
  {
    route: 'POST /revoke',
    handler,
    id: 'revokeToken',
    tag: 'OAuth 2.0',
    summary: 'Revoke an auth token',
    description:
      'Revokes a token of the client, from the next request on (RFC 7009). For tokens of other clients and other strings the response is the same and nothing changes. A public client sends its `client_id` in the form, without a secret.',
    security: [{ clientSecret: [] }, {}],
    fields: {
      ...CLIENT_FIELDS,
      token: 'The auth token.',
      token_type_hint: 'Accepted as the RFC requires, and ignored: there is one kind of token.',
    },
    responses: { 200: { description: 'The token is no longer valid.' } },
    errorSchema: oauthErrorSchema,
    errors: [{ sent: { body: { token_type_hint: 'access_token' } } }, ...CLIENT_ERRORS],
    examples: {
      unknown: { summary: 'Not a token of this client', sent: { body: { token: 'abc' } }, body: {} },
      public: {
        summary: 'A public client',
        sent: { security: [], body: { token: AUTH_TOKEN, client_id: CLIENT_ID } },
        body: {},
      },
    },
  },
]
