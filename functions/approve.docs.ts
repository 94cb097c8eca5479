import { approved, UNKNOWN_SESSION } from '../lib/identity/approval.ts'
import { eventInProgress } from '../lib/jobs/jobs.ts'
import { providerErrors } from '../lib/openapi/errors.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { EVENT, EVENT_ERRORS, EVENT_FIELDS } from './webhook.docs.ts'

describeSchema(approved.shape.data, {
  description: 'The identity as Incode returns it. Its `token` acts for the person.',
  fields: { uuid: 'Id of the identity.' },
})

const FINISHED = { ...EVENT, onboardingStatus: 'ONBOARDING_FINISHED' }

export const operations: Operations = {
  'POST /approve': {
    id: 'approveSession',
    tag: 'Webhooks',
    summary: 'Receive an Incode event and approve the session',
    description:
      'As `/webhook`. When a session has finished, Latchkey asks Incode for its score. If the score is OK, Incode creates an identity, once for all deliveries of the event. If Incode does not know the session, the response is final. If Incode is unavailable, the response is an error, so that Incode retries. The response contains a token that acts for the person: keep this endpoint closed on deployments that others can reach.',
    security: [{ incodeHeader: [] }, { authToken: ['webhook'] }],
    fields: EVENT_FIELDS,
    responses: {
      200: 'The identity, the reason why there is none, or the event if the session has not finished.',
    },
    errors: [
      ...EVENT_ERRORS,
      failure(eventInProgress()),
      ...providerErrors('Incode', 'INCODE_ADMIN_EMAIL', 'INCODE_ADMIN_PASSWORD'),
    ],
    examples: {
      approved: example(
        'The session passed',
        { body: FINISHED },
        {
          success: true,
          data: {
            success: true,
            uuid: '64d2c1aa0b7c5d3e8f90a1b2',
            token: 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiQUNDRVNTIn0.ZXhhbXBsZS1jdXN0b21lcg',
            totalScore: 'OK',
            existingCustomer: false,
          },
        },
      ),
      rejected: example(
        'The session did not pass',
        { body: FINISHED },
        { success: false, error: "Session didn't PASS, identity was not created" },
      ),
      unknown: example(
        'Incode does not know the session',
        { body: { ...FINISHED, interviewId: 'unknown' } },
        { success: false, error: UNKNOWN_SESSION },
      ),
      other: example('The session has not finished', { body: EVENT }, EVENT),
    },
  },
}
