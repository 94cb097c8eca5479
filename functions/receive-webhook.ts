import * as z from 'zod/mini'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath, withSchemas } from '../lib/http/input.ts'
import { empty, json } from '../lib/http/response.ts'
import { countRejectedWebhook } from '../lib/observability/metrics.ts'
import { nameInMetrics } from '../lib/webhooks/providers.ts'
import { challengeOf } from '../lib/webhooks/read-event.ts'
import { deliveredBody, eventOf, receiveEvent } from '../lib/webhooks/receive.ts'
import { incodeElsewhere, providerNamed, webhookSender } from '../lib/webhooks/sender.ts'

const path = z.object({ provider: z.string() })
const answer = z.record(z.string(), z.unknown())

/** POST /webhook/{provider}: stores an event once, and sends it on -> what webhooks.yml says, by default {ok: true}. */
export const handler = endpoint(
  {
    access: webhookSender(({ pathParameters: { provider = '' } }) => {
      // Incode's events advance sessions, which this endpoint does not do.
      if (provider === 'incode') throw incodeElsewhere()
      return provider
    }),
    // Any content type: what providers send is stored as it is.
    input: withSchemas({ path }, async (request) => ({
      ...(await fromPath(path)(request)),
      body: deliveredBody(request),
    })),
    responses: { 200: answer },
    onClientError: (problem, { provider }) => countRejectedWebhook(nameInMetrics(provider), problem),
  },
  async ({ request, input: { provider: name, body }, caller }) => {
    const provider = await providerNamed(name)
    const challenge = challengeOf(provider, { ...request, rawBody: body })
    if (challenge !== null) return json(200, { challenge })
    await receiveEvent(provider, eventOf(provider, request, body, caller))
    const { status, body: fields = {} } = provider.answer
    return status === 204 ? empty(204) : json(200, fields)
  },
)
