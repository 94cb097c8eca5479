import * as z from 'zod/mini'
import { eventReader, readerName } from '../lib/access/reads-events.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { eventIdSchema, eventSchema, requireEvent, toEvent } from '../lib/jobs/stored-event.ts'
import { log } from '../lib/observability/log.ts'

/** GET /events/{id}: returns a stored event without its body, as GET /events lists it. */
export const handler = endpoint(
  {
    access: eventReader,
    input: fromPath(z.object({ id: eventIdSchema })),
    responses: { 200: eventSchema },
  },
  async ({ request, input: { id }, caller }) => {
    const event = toEvent(await requireEvent(id))
    log('event_read', { request_id: request.id, client_id: readerName(caller), event: id, part: 'fields' })
    return json(200, event)
  },
)
