import { wrongWebhookHeader } from '../lib/access/incode-webhook.ts'
import { receivedEvent } from '../lib/identity/events.ts'
import { EVENT_BYTES } from '../lib/jobs/store.ts'
import { incodeProblemSchema } from '../lib/openapi/error-schemas.ts'
import { authTokenErrors, jsonErrors, noCredentials, STORAGE } from '../lib/openapi/errors.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import type { ErrorExample, Operation } from '../lib/openapi/operation.ts'
import { INTERVIEW_ID } from '../lib/openapi/samples.ts'
import { handler } from './webhook.ts'

describeSchema(receivedEvent, { description: 'The event, as it was sent.' })

export const EVENT = {
  interviewId: INTERVIEW_ID,
  onboardingStatus: 'FACE_VALIDATION_FINISHED',
  clientId: 'fake123',
  flowId: 'fake-flow',
}

export const EVENT_FIELDS = {
  interviewId: 'The session.',
  onboardingStatus: 'How far it is, such as `ONBOARDING_FINISHED`.',
  clientId: 'The client of Incode.',
  flowId: 'The flow of Incode.',
  externalId: 'Your id of the person, as far as Incode knows it.',
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
    summary: 'An event of Incode',
    description:
      'Where Incode sends its "onboarding status" events. An event is kept once, by its interview and status, and moves its session forward. Statuses and fields that are not known are kept. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`), as long as no header is agreed on.',
    security: [{ incodeHeader: [] }, { authToken: ['webhook'] }],
    fields: EVENT_FIELDS,
    responses: { 200: { description: 'The event is kept: it is given back.' } },
    errorSchema: incodeProblemSchema,
    errors: EVENT_ERRORS,
    examples: {
      header: { summary: 'With the header that was agreed on', sent: { body: EVENT }, body: EVENT },
      token: { summary: 'With an auth token', sent: { security: ['authToken'], body: EVENT }, body: EVENT },
    },
  },
]
