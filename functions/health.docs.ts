import type { Operation } from '../lib/openapi/operation.ts'
import { handler } from './health.ts'

const fields = { unreachable: 'Names of the tables that do not respond.' }

export const operations: readonly Operation[] = [
  {
    route: 'GET /health',
    handler,
    id: 'getHealth',
    tag: 'Pages',
    summary: 'Check the health',
    description: 'Returns the version and the tables that do not respond. For monitoring.',
    security: [],
    responses: {
      200: { description: 'All tables respond.', fields },
      503: { description: 'A table does not respond.', fields },
    },
    errors: [],
    examples: {
      ok: { summary: 'All tables respond', sent: {}, body: { status: 'ok', version: '0.1.0', unreachable: [] } },
      degraded: {
        summary: 'The database does not respond',
        sent: {},
        status: 503,
        body: {
          status: 'degraded',
          version: '0.1.0',
          unreachable: ['clients', 'tokens', 'sessions', 'measurements', 'submissions'],
        },
      },
    },
  },
]
