import { unknownParameter } from '../lib/openapi/errors.ts'
import { example, type Operations } from '../lib/openapi/operation.ts'
import { CURSOR_FIELD, pageSize, timeField } from '../lib/openapi/reading.ts'
import { EVENT } from './event.docs.ts'

/** Parameters that select events. */
export const FILTER_FIELDS = {
  type: 'Only events of this type, as the provider names it.',
  from: timeField('The earliest time of receipt'),
  to: timeField('The latest time of receipt'),
}

export const operations: Operations = {
  'GET /events': {
    id: 'listEvents',
    tag: 'Webhooks',
    summary: 'List events',
    description:
      'Lists the events that providers have delivered in the last 90 days, without their bodies, newest first. `Link: <…>; rel="next"` leads to the next page. A page can have fewer entries than `number`, even none, and still have a next page. Changes appear after a moment. The log names who listed them.',
    security: [{ authToken: ['events'] }, { adminToken: [] }],
    fields: {
      provider: 'Only events of this provider. Default: those of all providers in `webhooks.yml`.',
      state: 'Only events in this state.',
      ...FILTER_FIELDS,
      number: pageSize('Events per page.', 1, 1_000, 100),
      cursor: CURSOR_FIELD,
    },
    responses: {
      200: {
        description: 'A page of events.',
        fields: { next: '`cursor` of the next page, as in the `Link` header. Null on the last page.' },
        optionalHeaders: ['link', 'vary', 'content-encoding'],
      },
    },
    errors: [{ sent: { query: { state: 'new' } } }, unknownParameter('limit')],
    examples: {
      provider: example(
        'The last events of a provider',
        { query: { provider: EVENT.provider, number: 200 } },
        { events: [EVENT], next: null },
      ),
      parked: example(
        'The admin looks for events whose job failed',
        { security: ['adminToken'], query: { state: 'parked', from: '-24h', type: 'invoice.paid' } },
        { events: [], next: null },
      ),
    },
  },
}
