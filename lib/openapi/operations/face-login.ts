import * as z from 'zod'
import { handler } from '../../../functions/incode-verify-login.ts'
import { faceLoginProblemFormat } from '../error-formats.ts'
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

export const faceLogin: Operation = {
  route: 'POST /auth',
  handler,
  id: 'verifyLogin',
  tag: 'Identity sessions',
  summary: 'Verify a face login',
  description:
    'Asks Incode whether an attempt to log in by face is genuine. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).',
  security: [{ authToken: ['start'] }],
  fields: {
    transactionId: 'The attempt, as the SDK of Incode has named it.',
    token: 'The token of the attempt, from the SDK.',
    interviewToken: 'The token of the interview, from the SDK.',
  },
  answers: {
    200: {
      description: 'The verdict, with whatever else Incode says.',
      content: {
        'application/json': z.looseObject({
          verified: z.boolean().describe('Whether the attempt is genuine.'),
          transactionId: z.string().optional(),
        }),
      },
    },
  },
  telling: faceLoginProblemFormat,
  refused: [
    invalidField('transactionId', 'with this token and interviewToken is no attempt Incode knows', {
      body: { transactionId: 'unknown', token: 'token-of-the-attempt', interviewToken: 'token-of-the-interview' },
    }),
    ...jsonRefused(64_000),
    missing(wantedToken('start')),
    ...authTokenRefused('start'),
    ...providerRefused('Incode', 'INCODE_API_URL'),
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
}
