import { receivedEvent } from '../lib/identity/events.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import { type ErrorExample, example, failure, type Operations } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID } from '../lib/openapi/samples.ts'
import { deliveryRefused } from '../lib/webhooks/sender.ts'

describeSchema(receivedEvent, { description: 'The event from the request.' })

export const EVENT = {
  interviewId: INTERVIEW_ID,
  onboardingStatus: 'FACE_VALIDATION_FINISHED',
  clientId: 'fake123',
  flowId: 'fake-flow',
}

export const EVENT_FIELDS = {
  interviewId: 'The identity session.',
  onboardingStatus: 'The status of the session, such as `ONBOARDING_FINISHED`.',
  clientId: 'The Incode client.',
  flowId: 'The Incode flow.',
  externalId: 'Your id for the person, if Incode knows it.',
}

export const EVENT_ERRORS: readonly ErrorExample[] = [
  { sent: { body: { onboardingStatus: 'ONBOARDING_FINISHED' } } },
  failure(
    deliveryRefused('signature_wrong'),
    { security: [], headers: { 'X-Incode-Webhook': 'something else' } },
    'A wrong header',
  ),
]

export const operations: Operations = {
  'POST /webhook': {
    id: 'receiveIncodeEvent',
    tag: 'Webhooks',
    summary: 'Receive an Incode event',
    description:
      'Incode delivers its "onboarding status" events here. Latchkey stores each event once, by interview and status, and advances the session. Unknown statuses and fields are stored too, and so are events of other families, which have neither `interviewId` nor `onboardingStatus`. A deployment without a webhook header can open this endpoint to callers without credentials (`OPEN_ENDPOINTS`).',
    security: [{ incodeHeader: [] }, { authToken: ['webhook'] }],
    fields: EVENT_FIELDS,
    responses: { 200: 'The event is stored; the response repeats it.' },
    errors: EVENT_ERRORS,
    examples: {
      header: example('With the webhook header', { body: EVENT }, EVENT),
      token: example('With an auth token', { security: ['authToken'], body: EVENT }, EVENT),
    },
  },
}
