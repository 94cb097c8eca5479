import * as z from 'zod'
import { handler as fetchScore } from '../../../functions/fetch-score.ts'
import { handler as finish } from '../../../functions/finish.ts'
import { handler as onboardingStatus } from '../../../functions/onboarding-status.ts'
import { incodeProblemFormat } from '../error-formats.ts'
import type { ErrorExample, Operation } from '../operation.ts'
import { authTokenRefused, invalidField, jsonRefused, providerRefused, STORAGE } from '../refusals.ts'
import { INTERVIEW_ID, SESSION_TOKEN, UNIQUE_ID } from '../samples.ts'

const success = z.literal(true)
const interviewId = 'The session, as `/start` has named it.'
const wrongId = invalidField('interviewId', 'must be 1 to 64 letters, digits, _ or -, as Incode has given it', {
  query: { interviewId: 'no/such' },
})

const notTaken = (sent: NonNullable<ErrorExample['sent']>): ErrorExample => ({
  code: 'credentials_invalid',
  summary: 'Not the token of this session',
  detail: 'This is not the token of this session, or the session is over.',
  sent,
})

const status: Operation = {
  route: 'GET /onboarding-status',
  handler: onboardingStatus,
  id: 'getSessionStatus',
  tag: 'Identity sessions',
  summary: 'How far a session is',
  description:
    'Tells how far a session is, by what Incode has said in its events. The caller proves that it is theirs by its token, by the auth token that began it, or by its `uniqueId`.',
  security: [{ sessionToken: [] }, { authToken: ['start'] }, {}],
  fields: { interviewId, uniqueId: 'The `uniqueId` of the session, where nothing else proves whose it is.' },
  answers: {
    200: {
      description: 'The session.',
      content: {
        'application/json': z.object({
          success,
          interviewId: z.string(),
          onboardingStatus: z
            .string()
            .describe('The furthest status that Incode has sent, `UNKNOWN` when it has sent none.'),
          approved: z.boolean().nullable().describe('Whether an identity was made; null until that is decided.'),
        }),
      },
    },
  },
  telling: incodeProblemFormat,
  refused: [
    wrongId,
    {
      code: 'credentials_missing',
      detail: 'Send the uniqueId of the session, its token as X-Token, or the auth token that began it.',
      sent: { security: [] },
    },
    ...authTokenRefused('start'),
    {
      code: 'not_found',
      detail: 'There is no such session, or it is not yours.',
      sent: { security: [], headers: { 'X-Token': 'another' } },
    },
    STORAGE,
  ],
  examples: {
    token: {
      summary: 'By the token of the session',
      sent: { query: { interviewId: INTERVIEW_ID } },
      body: { success: true, interviewId: INTERVIEW_ID, onboardingStatus: 'UNKNOWN', approved: null },
    },
    uniqueId: {
      summary: 'By its uniqueId',
      sent: { security: [], query: { interviewId: INTERVIEW_ID, uniqueId: UNIQUE_ID } },
      body: { success: true, interviewId: INTERVIEW_ID, onboardingStatus: 'UNKNOWN', approved: null },
    },
  },
}

const score: Operation = {
  ...status,
  route: 'GET /fetch-score',
  handler: fetchScore,
  id: 'fetchScore',
  summary: 'Whether a finished session has passed',
  description: 'Asks Incode for the score of a session, with the token of that session.',
  security: [{ sessionToken: [] }],
  fields: { interviewId },
  answers: {
    200: {
      description: 'The score.',
      content: { 'application/json': z.object({ success, score: z.enum(['OK', 'FAIL']) }) },
    },
  },
  refused: [
    wrongId,
    { ...invalidField('X-Token', 'is missing', { security: [] }), summary: 'No token' },
    notTaken({ security: [], headers: { 'X-Token': 'another' } }),
    ...providerRefused('Incode', 'INCODE_API_URL').filter(({ code }) => code !== 'provider_refused'),
    STORAGE,
  ],
  examples: {
    passed: {
      summary: 'It has passed',
      sent: { query: { interviewId: INTERVIEW_ID } },
      body: { success: true, score: 'OK' },
    },
  },
}

const finished: Operation = {
  ...score,
  route: 'POST /finish',
  handler: finish,
  id: 'finishSession',
  summary: 'What became of a session',
  description:
    'Asks Incode where a person who has gone through a session goes next. The token of the session is the credential.',
  security: [],
  fields: {
    token: { description: 'The token of the session.', schema: { pattern: '^[!-~]{1,4096}$' }, required: true },
  },
  answers: {
    200: {
      description: 'What became of it.',
      content: {
        'application/json': z.object({
          success,
          redirectionUrl: z.string().nullish().describe('Where the person goes next.'),
          action: z.string().nullish().describe('`approved`, `rejected`, `manualReview` or `none`.'),
        }),
      },
    },
  },
  refused: [
    invalidField('token', 'is missing', { body: {} }),
    ...jsonRefused(64_000),
    notTaken({ body: { token: 'another' } }),
    ...providerRefused('Incode', 'INCODE_API_URL').filter(({ code }) => code !== 'provider_refused'),
    STORAGE,
  ],
  examples: {
    approved: {
      summary: 'It has passed',
      sent: { body: { token: SESSION_TOKEN } },
      body: { success: true, redirectionUrl: null, action: 'approved' },
    },
  },
}

export const identityResults = [status, score, finished]
