import * as z from 'zod/mini'
import { maxString } from '../core/zod-helpers.ts'
import { fromJsonText, withSchemas } from '../http/input.ts'
import { EVENT_BYTES, type ProviderEvent, recordEvent } from '../jobs/store.ts'
import { countMetric } from '../observability/metrics.ts'
import { interviewId } from './interview-id.ts'
import { rankOf } from './statuses.ts'
import { advanceInterview } from './store.ts'

const short = maxString(256)
const eventBody = z.looseObject({
  interviewId,
  onboardingStatus: z.string().check(z.regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, _ . or -')),
  clientId: z.nullish(short),
  flowId: z.nullish(short),
  externalId: z.nullish(short),
})

/** The response is the event as Incode sent it. */
export const receivedEvent = z.looseObject({ interviewId: z.string(), onboardingStatus: z.string() })

const readBody = fromJsonText(eventBody, EVENT_BYTES)

/** An "onboarding status" event of Incode. */
export interface StatusEvent extends ProviderEvent {
  status: string
}

/** Reads a delivery. Interview and status identify an event, because Incode's events have no id. */
export const statusEvent = withSchemas({ json: eventBody }, (request): StatusEvent => {
  const { value, text } = readBody(request)
  return {
    provider: 'incode',
    delivery: `${value.interviewId}#${value.onboardingStatus}`,
    subject: value.interviewId,
    status: value.onboardingStatus,
    body: text,
    receivedAt: request.receivedAt,
  }
})

/** Stores an event, and advances its session if the status has a higher rank. */
export async function receiveEvent(event: StatusEvent): Promise<void> {
  countEvent(event)
  await recordEvent(event)
  const rank = rankOf(event.status)
  if (rank !== undefined) await advanceInterview(event.subject, event.status, rank, event.receivedAt)
}

export const countEvent = ({ provider, status }: StatusEvent): void =>
  countMetric('EventReceived', { provider, status: rankOf(status) === undefined ? 'unknown' : status })
