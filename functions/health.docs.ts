import type { Operation } from '../lib/openapi/operation.ts'
import { handler } from './health.ts'

const fields = { unreachable: 'The tables that do not answer.' }

export const operations: readonly Operation[] = [
  {
    route: 'GET /health',
    handler,
    id: 'getHealth',
    tag: 'Pages',
    summary: 'Whether all is well',
    description: 'Tells the version, and whether the tables answer. For monitoring.',
    security: [],
    responses: {
      200: { description: 'All is well.', fields },
      503: { description: 'A table does not answer.', fields },
    },
    errors: [],
    examples: {
      ok: { summary: 'All is well', sent: {}, body: { status: 'ok', version: '0.1.0', unreachable: [] } },
      degraded: {
        summary: 'The store does not answer',
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
