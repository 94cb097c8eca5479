import { authTokenErrors, noCredentials, providerErrors, STORAGE } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { BOB, USER_TOKEN } from '../lib/openapi/samples.ts'
import { handler, otherAddress, userNotFound } from './help-lightning-user-token.ts'

export const operations: readonly Operation[] = [
  {
    route: 'GET /auth',
    handler,
    id: 'getUserToken',
    tag: 'Calls',
    summary: 'Get the user token of a person',
    description:
      'Gives the user token of the person who has an e-mail address at Help Lightning. An auth token with the scope `session` is for that person alone, whom a confidential client has named as its participant; one with the scope `impersonate` is for a server that looks after its users. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).',
    security: [{ authToken: ['session'] }, { authToken: ['impersonate'] }],
    fields: { email: { description: 'The address of the person.', schema: { format: 'email' } } },
    responses: { 200: { description: 'The user token.', fields: { token: 'What `/session` takes.' } } },
    errors: [
      { sent: { query: { email: 'bob' } } },
      noCredentials(handler),
      ...authTokenErrors('session', 'impersonate'),
      { problem: otherAddress(), summary: 'Somebody else', sent: { query: { email: 'carol@corp.example' } } },
      { problem: userNotFound(), summary: 'Nobody has this address' },
      ...providerErrors('Help Lightning', 'HLSERVER_API_KEY'),
      STORAGE,
    ],
    examples: { bob: { summary: 'Bob', sent: { query: { email: BOB } }, body: { token: USER_TOKEN } } },
  },
]
