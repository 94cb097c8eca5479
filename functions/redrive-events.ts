import * as z from 'zod/mini'
import { eventReader, readerName } from '../lib/access/reads-events.ts'
import { endpointByRoute } from '../lib/http/by-method.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromJson, fromPath } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { eventIdSchema, eventSchema } from '../lib/jobs/stored-event.ts'
import { rangeTimeSchema } from '../lib/measurements/parameters.ts'
import { log } from '../lib/observability/log.ts'
import { encodeCursor, eventCursor, eventFilterFields } from '../lib/webhooks/event-query.ts'
import { redriveEvent, redriveRange } from '../lib/webhooks/redrive.ts'

/** POST /events/{id}/redrive: makes the job of an event due -> the event. One that is done is sent again. */
const redriveOne = endpoint(
  {
    access: eventReader,
    input: fromPath(z.object({ id: eventIdSchema })),
    responses: { 200: eventSchema },
  },
  async ({ request, input: { id }, caller }) => {
    const event = await redriveEvent(id)
    log('events_redriven', { request_id: request.id, client_id: readerName(caller), event: id, events: 1 })
    return json(200, event)
  },
)

const range = z.strictObject({
  provider: eventFilterFields.provider,
  type: eventFilterFields.type,
  state: z._default(eventFilterFields.state, 'parked'),
  from: z.optional(rangeTimeSchema('from')),
  to: z.optional(rangeTimeSchema('to')),
  cursor: z.optional(eventCursor('must be next of the previous response')),
})

/** POST /events/redrive: makes the jobs of a provider's events due, the newest first -> {redriven, next}. */
const redriveMany = endpoint(
  {
    access: eventReader,
    input: fromJson(range),
    responses: { 200: z.object({ redriven: z.int(), next: z.nullable(z.string()) }) },
  },
  async ({ request, input: { cursor, ...selected }, caller }) => {
    const { redriven, next } = await redriveRange({ ...selected, after: cursor, deadline: request.deadline })
    const { provider } = selected
    log('events_redriven', {
      request_id: request.id,
      client_id: readerName(caller),
      provider,
      events: redriven.length,
    })
    return json(200, { redriven: redriven.length, next: next && encodeCursor(next) })
  },
)

export const handler = endpointByRoute({
  'POST /events/{id}/redrive': redriveOne,
  'POST /events/redrive': redriveMany,
})
