import * as z from 'zod'
import { providerErrors } from '../lib/openapi/errors.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { attemptUnknown } from './incode-verify-login.ts'

const verdict = z.looseObject({
  verified: z.boolean().describe('True if the attempt is genuine.'),
  transactionId: z.string().optional(),
})

export const operations: Operations = {
  'POST /auth': {
    id: 'verifyLogin',
    tag: 'Identity sessions',
    summary: 'Verify a face login',
    description:
      'Asks Incode whether a face login is genuine. A deployment can open this endpoint to callers without credentials (`OPEN_ENDPOINTS`).',
    security: [{ authToken: ['start'] }],
    fields: {
      transactionId: 'Id of the login attempt, from the Incode SDK.',
      token: 'Token of the attempt, from the SDK.',
      interviewToken: 'Token of the interview, from the SDK.',
    },
    responses: {
      200: {
        description: 'The result, with further members from Incode.',
        content: { 'application/json': verdict },
      },
    },
    errors: [
      failure(attemptUnknown(), {
        body: { transactionId: 'unknown', token: 'token-of-the-attempt', interviewToken: 'token-of-the-interview' },
      }),
      ...providerErrors('Incode', 'INCODE_API_URL'),
    ],
    examples: {
      genuine: example(
        'A genuine attempt',
        {
          body: { transactionId: 'genuine', token: 'token-of-the-attempt', interviewToken: 'token-of-the-interview' },
        },
        { verified: true, transactionId: 'genuine', additionalInformation: null },
      ),
    },
  },
}
