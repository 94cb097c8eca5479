import * as z from 'zod'
import { handler as introspect } from '../../../functions/introspect.ts'
import { handler as revoke } from '../../../functions/revoke.ts'
import { oauthErrorFormat } from '../error-formats.ts'
import type { Operation } from '../operation.ts'
import { invalidField } from '../refusals.ts'
import { AUTH_TOKEN, CLIENT_ID, CONFIDENTIAL_ID, ISSUER } from '../samples.ts'
import { clientFields, clientRefused } from './client.ts'

const fields = {
  ...clientFields,
  token: 'The auth token that it is about.',
  token_type_hint: 'Taken because the RFC has it; there is one kind of token here.',
}

const active = z.object({
  active: z.literal(true),
  scope: z.string().describe('What the token may do: names separated by blanks.'),
  client_id: z.string(),
  token_type: z.literal('Bearer'),
  exp: z.int().describe('When it ends, in UNIX seconds.'),
  iat: z.int().describe('When it was issued, in UNIX seconds.'),
  sub: z.string().describe('The client.'),
  aud: z.url().describe('The service.'),
  iss: z.url().describe('The service.'),
  jti: z.uuid().describe('Names the token.'),
  participant_id: z.string().optional().describe('The person or thing that it stands for.'),
})
const inactive = z.object({ active: z.literal(false) })

const introspection: Operation = {
  route: 'POST /introspect',
  handler: introspect,
  id: 'introspectToken',
  tag: 'OAuth 2.0',
  summary: 'Ask about an auth token',
  description:
    'Tells a confidential client whether a token of its own counts, and what it may do (RFC 7662). A token of another client, one that is over and what is no token at all read alike: `{"active": false}`.',
  security: [{ clientSecret: [] }, {}],
  fields,
  answers: {
    200: { description: 'What the token is.', content: { 'application/json': z.union([active, inactive]) } },
  },
  telling: oauthErrorFormat,
  refused: [
    invalidField('token', 'is missing', { body: { token_type_hint: 'access_token' } }),
    {
      code: 'client_unauthorized',
      summary: 'A public client',
      detail: 'A public client has no secret: it gets its tokens from GET /token.',
      sent: { security: [], body: { token: AUTH_TOKEN, client_id: CLIENT_ID } },
    },
    ...clientRefused,
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
}

const revocation: Operation = {
  ...introspection,
  route: 'POST /revoke',
  handler: revoke,
  id: 'revokeToken',
  summary: 'End an auth token',
  description:
    'Ends a token of the client, from the next call on (RFC 7009). What is no token of its own is answered alike and changes nothing. A public client sends its `client_id` in the form instead of a secret.',
  answers: {
    200: { description: 'The token counts no more.', content: { 'application/json': z.object({}) } },
  },
  refused: [invalidField('token', 'is missing', { body: { token_type_hint: 'access_token' } }), ...clientRefused],
  examples: {
    unknown: { summary: 'No token of this client', sent: { body: { token: 'abc' } }, body: {} },
    public: {
      summary: 'A public client',
      sent: { security: [], body: { token: AUTH_TOKEN, client_id: CLIENT_ID } },
      body: {},
    },
  },
}

export const oauth = [introspection, revocation]
