import { providerErrors } from '../lib/openapi/errors.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { BOB, USER_TOKEN } from '../lib/openapi/samples.ts'
import { otherAddress, userNotFound } from './help-lightning-user-token.ts'

export const operations: Operations = {
  'GET /auth': {
    id: 'getUserToken',
    tag: 'Calls',
    summary: 'Get the user token of a person',
    description:
      'Returns the Help Lightning user token of the person with this e-mail address. An auth token with the scope `session` works only if a confidential client named this address as its participant. The scope `impersonate` is for servers and works for every user. A deployment can open this endpoint to callers without credentials (`OPEN_ENDPOINTS`).',
    security: [{ authToken: ['session'] }, { authToken: ['impersonate'] }],
    fields: { email: { description: 'The e-mail address of the person.', schema: { format: 'email' } } },
    responses: { 200: { description: 'The user token.', fields: { token: 'The credential for `/session`.' } } },
    errors: [
      { sent: { query: { email: 'bob' } } },
      failure(otherAddress(), { query: { email: 'carol@corp.example' } }, 'Another e-mail address'),
      failure(userNotFound(), {}, 'No user has this address'),
      ...providerErrors('Help Lightning', 'HLSERVER_API_KEY'),
    ],
    examples: { bob: example('Bob', { query: { email: BOB } }, { token: USER_TOKEN }) },
  },
}
