import * as z from 'zod'
import { incodeProblemSchema } from '../lib/openapi/error-schemas.ts'
import { authTokenErrors, jsonErrors, noCredentials, providerErrors, STORAGE } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { attemptUnknown, handler } from './incode-verify-login.ts'

const verdict = z.looseObject({
  verified: z.boolean().describe('True if the attempt is genuine.'),
  transactionId: z.string().optional(),
})

export const operations: readonly Operation[] = [
  {
    route: 'POST /auth',
    handler,
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
    errorSchema: incodeProblemSchema,
    errors: [
      {
        problem: attemptUnknown(),
        sent: {
          body: { transactionId: 'unknown', token: 'token-of-the-attempt', interviewToken: 'token-of-the-interview' },
        },
      },
      ...jsonErrors(),
      noCredentials(handler),
      ...authTokenErrors('start'),
      ...providerErrors('Incode', 'INCODE_API_URL'),
      STORAGE,
    ],
    examples: {
      genuine: {
        summary: 'A genuine attempt',
        sent: {
          body: { transactionId: 'genuine', token: 'token-of-the-attempt', interviewToken: 'token-of-the-interview' },
        },
        body: { verified: true, transactionId: 'genuine', additionalInformation: null },
      },
    },
  },
]
