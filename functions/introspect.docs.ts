import { publicClient } from '../lib/oauth/client-authentication.ts'
import { oauthErrorSchema } from '../lib/openapi/error-schemas.ts'
import { CLIENT_ERRORS, CLIENT_FIELDS } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { AUTH_TOKEN, CLIENT_ID, CONFIDENTIAL_ID, ISSUER } from '../lib/openapi/samples.ts'
import { handler } from './introspect.ts'

export const operations: readonly Operation[] = [
  {
    route: 'POST /introspect',
    handler,
    id: 'introspectToken',
    tag: 'OAuth 2.0',
    summary: 'Ask about an auth token',
    description:
      'Tells a confidential client whether a token of its own counts, and what it may do (RFC 7662). A token of another client, one that is over and what is no token at all read alike: `{"active": false}`.',
    security: [{ clientSecret: [] }, {}],
    fields: {
      ...CLIENT_FIELDS,
      token: 'The auth token that it is about.',
      token_type_hint: 'Taken because the RFC has it; there is one kind of token here.',
    },
    responses: {
      200: {
        description: 'What the token is.',
        fields: {
          scope: 'What the token may do: names separated by blanks.',
          exp: 'When it ends, in UNIX seconds.',
          iat: 'When it was issued, in UNIX seconds.',
          sub: 'The client.',
          aud: 'The service.',
          iss: 'The service.',
          jti: 'Names the token.',
          participant_id: 'The person or thing that it stands for.',
        },
      },
    },
    errorSchema: oauthErrorSchema,
    errors: [
      { sent: { body: { token_type_hint: 'access_token' } } },
      {
        problem: publicClient(),
        summary: 'A public client',
        sent: { security: [], body: { token: AUTH_TOKEN, client_id: CLIENT_ID } },
      },
      ...CLIENT_ERRORS,
    ],
    examples: {
      active: {
        summary: 'A token that counts',
        sent: { body: { token: AUTH_TOKEN } },
        body: {
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
      },
      inactive: { summary: 'Anything else', sent: { body: { token: 'abc' } }, body: { active: false } },
    },
  },
]
