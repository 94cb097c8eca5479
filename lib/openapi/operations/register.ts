import * as z from 'zod'
import { handler } from '../../../functions/register.ts'
import { CONFIDENTIAL_ONLY, SCOPES } from '../../clients/scopes.ts'
import type { Operation } from '../operation.ts'
import { invalidField, jsonRefused, missing, NOT_ADMIN, STORAGE } from '../refusals.ts'
import { CALLBACK, CLIENT_ID, CLIENT_SECRET, CONFIDENTIAL_ID } from '../samples.ts'

const id = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .describe('Names the app. Of a public client it may stand in source code.')
const registered = z.object({
  client_id: id,
  client_secret: z.string().optional().describe('Of a confidential client: shown here and never again.'),
})

const callback_url = {
  description:
    'Where `/token` sends the app’s user back to: an absolute http(s) URL without user name or password. A deployed stage refuses localhost, private and link-local addresses in every spelling.',
  schema: { format: 'uri' },
}

const refused = [missing('the admin token as Authorization: Bearer or as the parameter token'), NOT_ADMIN, STORAGE]

const byQuery: Operation = {
  route: 'GET /register',
  handler,
  id: 'registerPublicClient',
  tag: 'Clients and tokens',
  summary: 'Register a public client',
  description:
    'Registers a public app with the scope `upload`, the way the collector does it. `POST` can say more about the app. Each call makes another client.',
  security: [{ adminToken: [] }, { adminTokenInQuery: [] }],
  fields: { callback_url },
  answers: { 200: { description: 'The client is registered.', content: { 'application/json': registered } } },
  refused: [
    invalidField('callback_url', 'must be an http or https URL', { query: { callback_url: 'ftp://app.example/' } }),
    ...refused,
  ],
  examples: {
    header: {
      summary: 'The admin token in the header',
      sent: { query: { callback_url: CALLBACK } },
      body: { client_id: CLIENT_ID },
    },
    collector: {
      summary: 'The admin token in the address, for an app that routes by its fragment',
      sent: { security: ['adminTokenInQuery'], query: { callback_url: 'https://ui.example/#/' } },
      body: { client_id: CLIENT_ID },
    },
  },
}

const byBody: Operation = {
  ...byQuery,
  route: 'POST /register',
  id: 'registerClient',
  summary: 'Register a client',
  description:
    'Registers an app: a public one, whose `client_id` may stand in source code, or a confidential one, which also gets a secret that stays on a server. Anyone who knows the id of a public client can get its tokens: give it the scope `download` only if its data may be read by anyone.',
  fields: {
    callback_url,
    name: 'A name for people.',
    kind: '`public` or `confidential`.',
    scope: {
      description: `What the tokens of the client may do: names separated by blanks, out of ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}. ${CONFIDENTIAL_ONLY.map((scope) => `\`${scope}\``).join(' and ')} are for confidential clients.`,
      schema: { type: 'string', minLength: 1, default: 'upload', examples: ['upload download'] },
    },
    checksum_salt:
      'A salt of the client’s own, at random, for devices that sign their uploads. No two clients may have the same.',
  },
  refused: [
    invalidField('callback_url', 'is missing', { body: { name: 'Weather stations' } }),
    {
      ...invalidField('scope', 'may hold webhook only for a confidential client', {
        body: { callback_url: CALLBACK, scope: 'upload webhook' },
      }),
      summary: 'A scope that a public client may not have',
    },
    ...jsonRefused(64_000),
    {
      code: 'content_type_unsupported',
      detail: 'Send Content-Type: application/json.',
      headers: { accept: 'application/json' },
      sent: { contentType: 'text/plain' },
    },
    ...refused,
  ],
  examples: {
    public: {
      summary: 'A public client',
      sent: { body: { callback_url: CALLBACK, name: 'Weather stations', scope: 'upload download' } },
      body: { client_id: CLIENT_ID },
    },
    confidential: {
      summary: 'A confidential client',
      sent: { body: { callback_url: CALLBACK, kind: 'confidential', scope: 'upload download' } },
      body: { client_id: CONFIDENTIAL_ID, client_secret: CLIENT_SECRET },
    },
    salted: {
      summary: 'A client whose devices sign with a salt',
      sent: { body: { callback_url: CALLBACK, checksum_salt: 'fd7c2a61e0b94d3f8812c5a7' } },
      body: { client_id: CLIENT_ID },
    },
  },
}

export const registration = [byQuery, byBody]
