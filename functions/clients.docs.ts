import { listedClient } from '../lib/clients/list.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import { example, type Operations } from '../lib/openapi/operation.ts'
import { CURSOR_FIELD, pageSize } from '../lib/openapi/reading.ts'
import { CLIENT_ID } from '../lib/openapi/samples.ts'

describeSchema(listedClient, {
  id: 'RegisteredClient',
  description: 'A registered app, without its secrets.',
  fields: {
    name: 'A name for people. Missing without one.',
    kind: '`public` or `confidential`, which has a secret.',
    scope: 'What its auth tokens may do.',
    dpop_bound: 'Whether its tokens must be bound to a key (RFC 9449).',
    status: '`disabled` clients get no tokens, and their tokens are not valid.',
    created_at: 'When it was registered.',
  },
})

export const operations: Operations = {
  'GET /clients': {
    id: 'listClients',
    tag: 'Clients and tokens',
    summary: 'List the clients',
    description: 'Lists the registered clients in no order. `Link: <…>; rel="next"` leads to the next page.',
    security: [{ adminToken: [] }],
    fields: { number: pageSize('Clients per page.', 1, 1_000, 100), cursor: CURSOR_FIELD },
    responses: { 200: { description: 'A page of clients.', optionalHeaders: ['link'] } },
    errors: [{ sent: { query: { number: 0 } } }],
    examples: {
      clients: example(
        'All clients',
        {},
        {
          clients: [
            {
              client_id: CLIENT_ID,
              name: 'garden',
              kind: 'public',
              scope: ['upload', 'download'],
              dpop_bound: false,
              status: 'active',
              created_at: '2026-05-03T12:00:00.123Z',
            },
          ],
        },
      ),
      next: example('The next page', { query: { number: 1, cursor: CLIENT_ID } }, { clients: [] }),
    },
  },
}
