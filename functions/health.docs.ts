import { example, headOf, type Operation, type Operations } from '../lib/openapi/operation.ts'

const fields = { unreachable: 'Names of the tables that do not respond.' }

const health: Operation = {
  id: 'getHealth',
  tag: 'Pages',
  summary: 'Get the health of the service',
  description: 'Returns the version and the tables that do not respond. For monitoring.',
  security: [],
  responses: {
    200: { description: 'All tables respond.', fields },
    503: { description: 'A table does not respond.', fields },
  },
  examples: {
    ok: example('All tables respond', {}, { status: 'ok', version: '0.1.0', unreachable: [] }),
    degraded: example(
      'The database does not respond',
      {},
      {
        status: 'degraded',
        version: '0.1.0',
        unreachable: ['clients', 'tokens', 'sessions', 'measurements', 'submissions'],
      },
      { status: 503 },
    ),
  },
}

export const operations: Operations = { 'GET /health': health, 'HEAD /health': headOf(health, '/health', 'headHealth') }
