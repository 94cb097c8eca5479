import * as z from 'zod'
import { handler as approve } from '../../../functions/approve.ts'
import { handler as webhook } from '../../../functions/webhook.ts'
import { EVENT_BYTES } from '../../jobs/store.ts'
import { incodeProblemFormat } from '../error-formats.ts'
import type { Operation } from '../operation.ts'
import {
  authTokenRefused,
  invalidField,
  jsonRefused,
  missing,
  providerRefused,
  STORAGE,
  wantedToken,
} from '../refusals.ts'
import { INTERVIEW_ID } from '../samples.ts'

const event = z
  .looseObject({ interviewId: z.string(), onboardingStatus: z.string() })
  .describe('The event, as it was sent.')

const approved = z.object({
  success: z.literal(true),
  data: z
    .looseObject({ success: z.literal(true), uuid: z.string().describe('The identity.') })
    .describe('What Incode says of the identity. Its `token` acts for the person.'),
})
const notApproved = z.object({ success: z.literal(false), error: z.string() })

const EVENT = {
  interviewId: INTERVIEW_ID,
  onboardingStatus: 'FACE_VALIDATION_FINISHED',
  clientId: 'fake123',
  flowId: 'fake-flow',
}
const FINISHED = { ...EVENT, onboardingStatus: 'ONBOARDING_FINISHED' }

const receive: Operation = {
  route: 'POST /webhook',
  handler: webhook,
  id: 'receiveIncodeEvent',
  tag: 'Webhooks',
  summary: 'An event of Incode',
  description:
    'Where Incode sends its "onboarding status" events. An event is kept once, by its interview and status, and moves its session forward. Statuses and fields that are not known are kept. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`), as long as no header is agreed on.',
  security: [{ incodeHeader: [] }, { authToken: ['webhook'] }],
  fields: {
    interviewId: 'The session.',
    onboardingStatus: 'How far it is, such as `ONBOARDING_FINISHED`.',
    clientId: 'The client of Incode.',
    flowId: 'The flow of Incode.',
    externalId: 'Your id of the person, as far as Incode knows it.',
  },
  answers: { 200: { description: 'The event is kept: it is given back.', content: { 'application/json': event } } },
  telling: incodeProblemFormat,
  refused: [
    invalidField('interviewId', 'is missing', { body: { onboardingStatus: 'ONBOARDING_FINISHED' } }),
    ...jsonRefused(EVENT_BYTES),
    missing(`the header that INCODE_WEBHOOK_HEADER names, or ${wantedToken('webhook')}`),
    {
      code: 'credentials_invalid',
      summary: 'A wrong header',
      detail: 'The webhook header does not have the value that was agreed on.',
      sent: { security: [], headers: { 'X-Incode-Webhook': 'something else' } },
    },
    ...authTokenRefused('webhook'),
    STORAGE,
  ],
  examples: {
    header: { summary: 'With the header that was agreed on', sent: { body: EVENT }, body: EVENT },
    token: { summary: 'With an auth token', sent: { security: ['authToken'], body: EVENT }, body: EVENT },
  },
}

const decide: Operation = {
  ...receive,
  route: 'POST /approve',
  handler: approve,
  id: 'approveSession',
  summary: 'An event of Incode, which may end in an identity',
  description:
    'As `/webhook`. For a session that has finished, Incode is asked for its score, and when that is OK, to make an identity: once, however often the event comes. While Incode fails, so does this, and Incode comes again. The answer holds a token that acts for the person: keep this endpoint closed wherever anybody else could call it.',
  answers: {
    200: {
      description: 'The identity, why there is none, or the event where there is nothing to decide.',
      content: { 'application/json': z.union([approved, notApproved, event]) },
    },
  },
  refused: [
    ...receive.refused,
    {
      code: 'event_in_progress',
      detail: 'Another delivery of this event is at it, or has just failed: try again.',
      headers: { 'retry-after': '30' },
    },
    ...providerRefused('Incode', 'INCODE_ADMIN_EMAIL', 'INCODE_ADMIN_PASSWORD'),
  ],
  examples: {
    approved: {
      summary: 'It has passed',
      sent: { body: FINISHED },
      body: {
        success: true,
        data: {
          success: true,
          uuid: '64d2c1aa0b7c5d3e8f90a1b2',
          token: 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiQUNDRVNTIn0.ZXhhbXBsZS1jdXN0b21lcg',
          totalScore: 'OK',
          existingCustomer: false,
        },
      },
    },
    refused: {
      summary: 'It has not passed',
      sent: { body: FINISHED },
      body: { success: false, error: "Session didn't PASS, identity was not created" },
    },
    other: { summary: 'Nothing to decide', sent: { body: EVENT }, body: EVENT },
  },
}

export const identityEvents = [receive, decide]
