import * as z from 'zod'
import { bodyUnreadable } from '../lib/jobs/stored-event.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { EVENT_BODY, EVENT_ID } from '../lib/openapi/samples.ts'
import { EVENT_ERRORS, ID_FIELD } from './event.docs.ts'

const bytes = {
  'application/json': z.unknown().describe('A JSON body.'),
  '*/*': z.string().meta({ format: 'binary', description: 'A body with its original media type.' }),
}

export const operations: Operations = {
  'GET /events/{id}/body': {
    id: 'getEventBody',
    tag: 'Webhooks',
    summary: 'Download the body of an event',
    description:
      'Returns the bytes that the provider sent, with their original media type. Browsers save them and do not display them. The log names who read them.',
    security: [{ authToken: ['events'] }, { adminToken: [] }],
    fields: ID_FIELD,
    responses: { 200: { description: 'The body.', content: bytes, headers: ['content-disposition'] } },
    errors: [...EVENT_ERRORS, failure(bodyUnreadable(), {}, 'No key decrypts the body')],
    examples: {
      one: example('The body of an event', { path: { id: EVENT_ID } }, JSON.parse(EVENT_BODY)),
      admin: example(
        'The admin reads it',
        { security: ['adminToken'], path: { id: EVENT_ID } },
        JSON.parse(EVENT_BODY),
      ),
    },
  },
}
