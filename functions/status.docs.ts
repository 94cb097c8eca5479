import { example, type Operations } from '../lib/openapi/operation.ts'

export const operations: Operations = {
  'GET /status': {
    id: 'getStatus',
    tag: 'Pages',
    summary: 'Get the amount of due and parked work',
    description:
      'Returns how much work scheduled functions will do (`due`), and how much they gave up (`parked`). Each number is at most 1000. New work appears after a moment.',
    security: [{ adminToken: [] }],
    responses: {
      200: {
        description: 'The numbers.',
        fields: {
          events: 'Events of providers whose job has not succeeded yet.',
          blocks: 'Blocks of measurements that are not at openSenseMap yet.',
        },
      },
    },
    examples: {
      idle: example('No work', {}, { events: { due: 0, parked: 0 }, blocks: { due: 0, parked: 0 } }),
    },
  },
}
