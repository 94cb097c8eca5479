import { wrongWebhookHeader } from '../lib/access/incode-webhook.ts'
import { receivedEvent } from '../lib/identity/events.ts'
import { EVENT_BYTES } from '../lib/jobs/store.ts'
import { incodeProblemSchema } from '../lib/openapi/error-schemas.ts'
import { authTokenErrors, jsonErrors, noCredentials, STORAGE } from '../lib/openapi/errors.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import type { ErrorExample, Operation } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID } from '../lib/openapi/samples.ts'
import { handler } from './webhook.ts'

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
  ...jsonErrors(EVENT_BYTES),
  noCredentials(handler),
  {
    problem: wrongWebhookHeader(),
    summary: 'A wrong header',
    sent: { security: [], headers: { 'X-Incode-Webhook': 'something else' } },
  },
  ...authTokenErrors('webhook'),
  STORAGE,
]

export const operations: readonly Operation[] = [
  {
    route: 'POST /webhook',
    handler,
    id: 'receiveIncodeEvent',
    tag: 'Webhooks',
    summary: 'Receive an Incode event',
    description:
      'Incode delivers its "onboarding status" events here. Latchkey stores each event once, by interview and status, and advances the session. Unknown statuses and fields are stored too. A deployment without a webhook header can open this endpoint to callers without credentials (`OPEN_ENDPOINTS`).',
    security: [{ incodeHeader: [] }, { authToken: ['webhook'] }],
    fields: EVENT_FIELDS,
    responses: { 200: { description: 'The event is stored; the response repeats it.' } },
    errorSchema: incodeProblemSchema,
    errors: EVENT_ERRORS,
    examples: {
      header: { summary: 'With the webhook header', sent: { body: EVENT }, body: EVENT },
      token: { summary: 'With an auth token', sent: { security: ['authToken'], body: EVENT }, body: EVENT },
    },
  },
]
