import { WRONG_PINS } from '../lib/calls/attempts.ts'
import { tooManyAttempts } from '../lib/dynamodb/rate-limit.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { PIN } from '../lib/openapi/samples.ts'
import { userTokenExpired } from '../lib/providers/errors.ts'
import { CALL, USER_ERRORS } from './create-call.docs.ts'
import { callNotFound, handler } from './join-call.ts'

export const operations: readonly Operation[] = [
  {
    route: 'GET /session',
    handler,
    id: 'joinCall',
    tag: 'Calls',
    summary: 'Join a call',
    description:
      'Returns the contact’s side of a call. A PIN that is wrong, expired or for another contact returns 404. After ten of those in ten minutes the response is 429.',
    security: [{ userToken: [] }],
    fields: { sid: 'The PIN.' },
    responses: { 200: { description: 'The side of the contact.' } },
    errors: [
      { sent: { query: { sid: undefined } } },
      ...USER_ERRORS,
      { problem: userTokenExpired(), summary: 'The user token has expired' },
      { problem: callNotFound(), sent: { query: { sid: 'none' } } },
      {
        problem: tooManyAttempts(WRONG_PINS, 600),
        summary: 'Ten wrong PINs in ten minutes',
        sent: { query: { sid: 'none' } },
      },
    ],
    examples: { pin: { summary: 'With a PIN', sent: { query: { sid: PIN } }, body: CALL } },
  },
]
