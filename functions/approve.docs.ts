import { approved } from '../lib/identity/approval.ts'
import { eventInProgress } from '../lib/jobs/jobs.ts'
import { incodeProblemSchema } from '../lib/openapi/error-schemas.ts'
import { providerErrors } from '../lib/openapi/errors.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { handler } from './approve.ts'
import { EVENT, EVENT_ERRORS, EVENT_FIELDS } from './webhook.docs.ts'

describeSchema(approved.shape.data, {
  description: 'What Incode says of the identity. Its `token` acts for the person.',
  fields: { uuid: 'The identity.' },
})

const FINISHED = { ...EVENT, onboardingStatus: 'ONBOARDING_FINISHED' }

export const operations: readonly Operation[] = [
  {
    route: 'POST /approve',
    handler,
    id: 'approveSession',
    tag: 'Webhooks',
    summary: 'An event of Incode, which may end in an identity',
    description:
      'As `/webhook`. For a session that has finished, Incode is asked for its score, and when that is OK, to make an identity: once, however often the event comes. While Incode fails, so does this, and Incode comes again. The answer holds a token that acts for the person: keep this endpoint closed wherever anybody else could call it.',
    security: [{ incodeHeader: [] }, { authToken: ['webhook'] }],
    fields: EVENT_FIELDS,
    responses: {
      200: { description: 'The identity, why there is none, or the event where there is nothing to decide.' },
    },
    errorSchema: incodeProblemSchema,
    errors: [
      ...EVENT_ERRORS,
      { problem: eventInProgress() },
      ...providerErrors('Incode', 'INCODE_ADMIN_EMAIL', 'INCODE_ADMIN_PASSWORD'),
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
  },
]
