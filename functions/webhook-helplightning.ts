import { hash } from 'node:crypto'
import * as z from 'zod/mini'
import { helpLightningSignature } from '../lib/access/help-lightning-signature.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromJsonText, withSchemas } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { EVENT_BYTES, recordEvent } from '../lib/jobs/store.ts'
import { countMetric, countRejectedWebhook } from '../lib/observability/metrics.ts'

/** Help Lightning does not document its events, so any signed JSON is accepted. */
const body = z.unknown()

const stored = z.object({ ok: z.literal(true) })

/** POST /webhook/helplightning: stores a signed event of Help Lightning once -> {ok: true}. Nothing processes it. */
export const handler = endpoint(
  {
    access: requireAnyOf(helpLightningSignature),
    input: withSchemas({ json: body }, (request) => fromJsonText(body, EVENT_BYTES)(request).text),
    responses: { 200: stored },
    onClientError: countRejectedWebhook,
  },
  async ({ request, input: text }) => {
    // Events have neither an id nor a time, so equal bytes are the same event.
    const delivery = hash('sha256', request.rawBody, 'base64url')
    const { receivedAt } = request
    await recordEvent({ provider: 'helplightning', delivery, subject: delivery, body: text, receivedAt })
    countMetric('EventReceived', { provider: 'helplightning', status: 'any' })
    return json(200, { ok: true })
  },
)
