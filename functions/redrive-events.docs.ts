import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { EVENT_ID, PARKED_EVENT_ID } from '../lib/openapi/samples.ts'
import { recipientsMissing } from '../lib/webhooks/redrive.ts'
import { EVENT, EVENT_ERRORS, ID_FIELD } from './event.docs.ts'
import { FILTER_FIELDS } from './events.docs.ts'

const STATES =
  'The job of a parked event is retried, and one that waits for its next attempt is due now. An event that is done, or was only stored, is sent to all recipients of its provider. What Latchkey itself did for it is not repeated.'

const DUE = {
  ...EVENT,
  id: PARKED_EVENT_ID,
  state: 'pending',
  reason: 'provider_timeout',
  due_at: '2026-05-03T12:00:00.123Z',
}

export const operations: Operations = {
  'POST /events/{id}/redrive': {
    id: 'redriveEvent',
    tag: 'Webhooks',
    summary: 'Redrive an event',
    description: `Runs the job of an event again, within about a minute. ${STATES} A running job continues. Recipients can get the event twice, with the same id.`,
    security: [{ authToken: ['events'] }, { adminToken: [] }],
    fields: ID_FIELD,
    responses: { 200: 'The job is due; the response shows the event.' },
    errors: [
      ...EVENT_ERRORS,
      failure(recipientsMissing(), { path: { id: EVENT_ID } }, 'The provider has no recipients'),
    ],
    examples: {
      parked: example('A parked event', { path: { id: PARKED_EVENT_ID } }, DUE),
      admin: example('The admin redrives it', { security: ['adminToken'], path: { id: PARKED_EVENT_ID } }, DUE),
    },
  },
  'POST /events/redrive': {
    id: 'redriveEvents',
    tag: 'Webhooks',
    summary: 'Redrive events of a provider',
    description: `Runs the jobs of up to 100 events again, the newest first, within some minutes. ${STATES} Repeat the request with \`cursor\` until \`next\` is null.`,
    security: [{ authToken: ['events'] }, { adminToken: [] }],
    fields: {
      ...FILTER_FIELDS,
      provider: 'The provider of the events.',
      state: 'State of the events. Default: `parked`.',
      cursor: '`next` of the previous response.',
    },
    responses: {
      200: {
        description: 'Their jobs are due.',
        fields: {
          redriven: 'The number of events whose job is due. Events that changed at the same time are left out.',
          next: '`cursor` of the next request. Null if there are no more events.',
        },
      },
    },
    errors: [
      { sent: { body: { provider: EVENT.provider, state: 'all' } } },
      failure(
        recipientsMissing(),
        { body: { provider: EVENT.provider, state: 'done' } },
        'The provider has no recipients',
      ),
    ],
    examples: {
      parked: example(
        'The parked events of a provider since a date',
        { body: { provider: EVENT.provider, from: '2020-01-01' } },
        { redriven: 1, next: null },
      ),
      admin: example(
        'The admin redrives them',
        { security: ['adminToken'], body: { provider: EVENT.provider, from: '2020-01-01' } },
        { redriven: 1, next: null },
      ),
    },
  },
}
