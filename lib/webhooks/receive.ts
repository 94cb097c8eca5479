import type { WebhookProvider } from '../config/webhook-schemas.ts'
import type { Caller } from '../core/caller.ts'
import { jsonTooLarge } from '../http/input.ts'
import { decodeBody, type Request } from '../http/request.ts'
import { EVENT_BYTES, eventId, eventKey, type ProviderEvent, recordEvent } from '../jobs/events.ts'
import { startJob } from '../jobs/jobs.ts'
import { countMetric } from '../observability/metrics.ts'
import { providerDeadline } from '../providers/http.ts'
import { readEvent } from './read-event.ts'
import { jobKindOf } from './work.ts'

/** What proved the sender of a delivery; null at an open endpoint. */
export const proofOf = (caller: Caller): string | null =>
  caller.kind === 'webhook' ? caller.verifiedBy : caller.kind === 'client' ? 'auth-token' : null

/** The bytes of a delivery, without their Content-Encoding. Throws `body_too_large`. */
export function deliveredBody(request: Request): Uint8Array {
  const body = decodeBody(request)
  if (body.length > EVENT_BYTES) throw jsonTooLarge(EVENT_BYTES)
  return body
}

const CONTENT_TYPE_CHARACTERS = 200

/** The event in a delivery. Its id, type and time are where the entry of the provider says. */
export function eventOf(provider: WebhookProvider, request: Request, body: Uint8Array, caller: Caller): ProviderEvent {
  // Headers of a scheme that did not accept the delivery must not choose its id.
  const verify = provider.verify.filter(({ scheme }) => scheme === proofOf(caller))
  const { delivery, type, time } = readEvent({ ...provider, verify }, { ...request, rawBody: body })
  return {
    provider: provider.name,
    delivery,
    subject: eventId(eventKey({ provider: provider.name, delivery })),
    type,
    time,
    contentType: (request.headers['content-type'] ?? 'application/json').slice(0, CONTENT_TYPE_CHARACTERS),
    verifiedBy: proofOf(caller),
    body,
    receivedAt: request.receivedAt,
  }
}

/** Stores an event once, then processes it and sends it on, as its provider needs. Storing is all that can fail. */
export async function receiveEvent(provider: WebhookProvider, event: ProviderEvent): Promise<void> {
  countMetric('EventReceived', { provider: provider.name, status: 'any' })
  await storeEvent(provider, event)
}

/** As `receiveEvent`, without its metric. */
export function storeEvent(provider: WebhookProvider, event: ProviderEvent): Promise<void> {
  const job = jobKindOf(provider)
  return job ? startJob(event, job.kind, job.work, providerDeadline(event.receivedAt)) : recordEvent(event)
}
