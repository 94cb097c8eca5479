import * as z from 'zod/mini'
import { maxString } from '../core/zod-helpers.ts'
import { fromJsonText, parseOrThrow, withSchemas } from '../http/input.ts'
import { EVENT_BYTES, type ProviderEvent } from '../jobs/events.ts'
import { countMetric } from '../observability/metrics.ts'
import { readEvent } from '../webhooks/read-event.ts'
import { storeEvent } from '../webhooks/receive.ts'
import { providerNamed } from '../webhooks/sender.ts'
import { interviewId } from './interview-id.ts'
import { rankOf } from './statuses.ts'
import { advanceInterview } from './store.ts'

const short = maxString(256)
const statusBody = z.looseObject({
  interviewId,
  onboardingStatus: z.string().check(z.regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, _ . or -')),
  clientId: z.nullish(short),
  flowId: z.nullish(short),
  externalId: z.nullish(short),
})
const eventBody = z.looseObject({})

/** The response is the event as Incode sent it. */
export const receivedEvent = z.looseObject({})

const readBody = fromJsonText(eventBody, EVENT_BYTES)

/** An event of Incode, without what proved its sender. */
export interface IncodeEvent extends Omit<ProviderEvent, 'verifiedBy'> {
  /** The onboarding status; null for an event of another family, which Latchkey only stores. */
  status: string | null
  text: string
}

/** Where events of other families have their id and type: `{token, event, object, id, timestamp}`. */
const OTHER_FAMILIES = { id: '/id', type: '/event', time: '/timestamp', verify: [] }

/**
 * Reads a delivery. Interview and status identify an "onboarding status" event, because these have no id. Events of other
 * families (verification, concierge) have neither.
 */
export const incodeEvent = withSchemas({ json: statusBody }, (request): IncodeEvent => {
  const { value, text } = readBody(request)
  const body = Buffer.from(text)
  const common = { provider: 'incode', contentType: 'application/json', text, body, receivedAt: request.receivedAt }
  if (!('onboardingStatus' in value || 'interviewId' in value)) {
    const event = readEvent(OTHER_FAMILIES, { ...request, rawBody: body })
    return { ...common, ...event, subject: event.delivery, status: null }
  }
  const { interviewId: subject, onboardingStatus: status } = parseOrThrow(statusBody, value)
  return { ...common, delivery: `${subject}#${status}`, subject, type: status, status, time: null }
})

/** Stores an event, and advances its session if the status has a higher rank. */
export async function receiveIncodeEvent(event: ProviderEvent, status: string | null): Promise<void> {
  countEvent(status)
  await storeEvent(await providerNamed(event.provider), event)
  const rank = status === null ? undefined : rankOf(status)
  if (status !== null && rank !== undefined) await advanceInterview(event.subject, status, rank, event.receivedAt)
}

export const countEvent = (status: string | null): void =>
  countMetric('EventReceived', {
    provider: 'incode',
    status: status === null ? 'other' : rankOf(status) === undefined ? 'unknown' : status,
  })
