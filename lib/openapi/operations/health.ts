import * as z from 'zod'
import { handler } from '../../../functions/health.ts'
import type { Operation } from '../operation.ts'

const state = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  unreachable: z.array(z.string()).describe('The tables that do not answer.'),
})

export const health: Operation = {
  route: 'GET /health',
  handler,
  id: 'getHealth',
  tag: 'Pages',
  summary: 'Whether all is well',
  description: 'Tells the version, and whether the tables answer. For monitoring.',
  security: [],
  answers: {
    200: { description: 'All is well.', content: { 'application/json': state } },
    503: { description: 'A table does not answer.', content: { 'application/json': state } },
  },
  refused: [],
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
}
