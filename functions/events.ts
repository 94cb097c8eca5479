import * as z from 'zod/mini'
import { eventReader, readerName } from '../lib/access/reads-events.ts'
import { pageSizeSchema } from '../lib/core/zod-helpers.ts'
import { compressText } from '../lib/http/compress.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { nextPageLink, requestUrl } from '../lib/http/request.ts'
import { json } from '../lib/http/response.ts'
import { listStoredEvents } from '../lib/jobs/store-list.ts'
import { eventSchema, toEvent } from '../lib/jobs/stored-event.ts'
import { INVALID_CURSOR, rangeTimeSchema } from '../lib/measurements/parameters.ts'
import { fixRelativeTimes } from '../lib/measurements/time-range.ts'
import { log } from '../lib/observability/log.ts'
import { encodeCursor, eventCursor, eventFilterFields } from '../lib/webhooks/event-query.ts'
import { webhookProviders } from '../lib/webhooks/providers.ts'

/** @limit Downloads | events of a page that `number` may request */
const MAX_PAGE_SIZE = 1_000

const query = z.strictObject({
  provider: z.optional(eventFilterFields.provider),
  type: eventFilterFields.type,
  state: z.optional(eventFilterFields.state),
  from: z.optional(rangeTimeSchema('from')),
  to: z.optional(rangeTimeSchema('to')),
  number: pageSizeSchema(1, MAX_PAGE_SIZE, 100, `must be from 1 to ${MAX_PAGE_SIZE}`),
  cursor: z.optional(eventCursor(INVALID_CURSOR)),
})

/**
 * GET /events: lists stored events of providers without their bodies, newest first -> {"events": […], "next": …}. `Link:
 * rel="next"` leads to the next page.
 */
export const handler = endpoint(
  {
    access: eventReader,
    input: fromQuery(query),
    responses: { 200: z.object({ events: z.array(eventSchema), next: z.nullable(z.string()) }) },
  },
  async ({ request, input: { provider, cursor, ...filter }, caller }) => {
    const { events, next } = await listStoredEvents({
      ...filter,
      providers: provider === undefined ? [...(await webhookProviders()).keys()] : [provider],
      after: cursor,
      deadline: request.deadline,
    })
    log('events_listed', {
      request_id: request.id,
      client_id: readerName(caller),
      ...(provider !== undefined && { provider }),
      events: events.length,
    })
    const nextCursor = next && encodeCursor(next)
    const changes = nextCursor && { ...fixRelativeTimes(request.query, filter), cursor: nextCursor }
    const body = { events: events.map(toEvent), next: nextCursor }
    return compressText(request, json(200, body, nextPageLink(changes ? requestUrl(request, changes) : null)))
  },
)
