import { eventNotFound, eventSchema } from '../lib/jobs/stored-event.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import { type ErrorExample, example, failure, type Operations } from '../lib/openapi/operation.ts'
import { EVENT_ID } from '../lib/openapi/samples.ts'

describeSchema(eventSchema, {
  id: 'StoredEvent',
  description: 'An event of a provider, without its body.',
  fields: {
    id: 'The name of the provider and the id of the event there, or a digest. It is also the `webhook-id` of what is sent on.',
    provider: 'Name of the provider in `webhooks.yml`.',
    type: 'What happened, as the provider names it.',
    state:
      '`stored`: nothing is to be done. `pending`: its job runs or will be retried. `parked`: its job failed for a day. `done`: its job succeeded.',
    received_at: 'When Latchkey received it first.',
    occurred_at: 'When it happened, where the provider says so.',
    verified_by: 'The scheme that proved the sender. Null for an open endpoint.',
    content_type: 'Media type of the body.',
    bytes: 'Size of the body.',
    attempts: 'Scheduled retries of its job, without the first attempt.',
    reason: 'An error code for the last failure of its job.',
    due_at: 'When its job is retried at the earliest.',
    sent_to: 'Recipients that have it: `target`, `bus`.',
  },
})

export const EVENT = {
  id: EVENT_ID,
  provider: 'helplightning',
  type: null,
  state: 'stored',
  received_at: '2026-05-03T12:00:00.123Z',
  occurred_at: null,
  verified_by: 'hmac',
  content_type: 'application/json',
  bytes: 22,
  attempts: 0,
  reason: null,
  due_at: null,
  sent_to: [],
}

export const ID_FIELD = { id: 'Id of the event, from `GET /events`.' }

/** Errors of the endpoints of one event. */
export const EVENT_ERRORS: readonly ErrorExample[] = [
  { sent: { path: { id: 'evt_1' } } },
  failure(eventNotFound(), { path: { id: 'helplightning:unknown' } }, 'An unknown event'),
]

export const operations: Operations = {
  'GET /events/{id}': {
    id: 'getEvent',
    tag: 'Webhooks',
    summary: 'Get an event',
    description: 'Returns one event as `GET /events` lists it. The log names who read it.',
    security: [{ authToken: ['events'] }, { adminToken: [] }],
    fields: ID_FIELD,
    responses: { 200: 'The event.' },
    errors: EVENT_ERRORS,
    examples: {
      one: example('One event', { path: { id: EVENT_ID } }, EVENT),
      admin: example('The admin reads it', { security: ['adminToken'], path: { id: EVENT_ID } }, EVENT),
    },
  },
}
