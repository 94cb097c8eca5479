import { create } from 'content-disposition'
import * as z from 'zod/mini'
import { eventReader, readerName } from '../lib/access/reads-events.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath } from '../lib/http/input.ts'
import { binary } from '../lib/http/response.ts'
import { eventIdSchema, requireEventBody } from '../lib/jobs/stored-event.ts'
import { log } from '../lib/observability/log.ts'

/** GET /events/{id}/body: returns the bytes of an event as its provider sent them, with their content type. */
export const handler = endpoint(
  {
    access: eventReader,
    input: fromPath(z.object({ id: eventIdSchema })),
    responses: {},
  },
  async ({ request, input: { id }, caller }) => {
    const { body, contentType } = await requireEventBody(id)
    log('event_read', { request_id: request.id, client_id: readerName(caller), event: id, part: 'body' })
    return binary(200, contentType, Buffer.from(body), {
      // What a provider sends is untrusted: browsers must save it, and never run it as a page of this service.
      'content-disposition': create(id.replaceAll(':', '-')),
      'content-security-policy': "default-src 'none'; sandbox",
    })
  },
)
