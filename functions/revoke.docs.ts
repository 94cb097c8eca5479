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
    summary: 'End an auth token',
    description:
      'Ends a token of the client, from the next call on (RFC 7009). What is no token of its own is answered alike and changes nothing. A public client sends its `client_id` in the form instead of a secret.',
    security: [{ clientSecret: [] }, {}],
    fields: {
      ...CLIENT_FIELDS,
      token: 'The auth token that it is about.',
      token_type_hint: 'Taken because the RFC has it; there is one kind of token here.',
    },
    responses: { 200: { description: 'The token counts no more.' } },
    errorSchema: oauthErrorSchema,
    errors: [{ sent: { body: { token_type_hint: 'access_token' } } }, ...CLIENT_ERRORS],
    examples: {
      unknown: { summary: 'No token of this client', sent: { body: { token: 'abc' } }, body: {} },
      public: {
        summary: 'A public client',
        sent: { security: [], body: { token: AUTH_TOKEN, client_id: CLIENT_ID } },
        body: {},
      },
    },
  },
]
