import { WRONG_PINS } from '../lib/calls/attempts.ts'
import { tooManyAttempts } from '../lib/dynamodb/rate-limit.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { PIN } from '../lib/openapi/samples.ts'
import { userTokenExpired } from '../lib/providers/errors.ts'
import { CALL, USER_ERRORS } from './create-call.docs.ts'
import { callNotFound, notAPin } from './join-call.ts'

export const operations: Operations = {
  'GET /session': {
    id: 'joinCall',
    tag: 'Calls',
    summary: 'Join a call',
    description:
      'Returns the side of a call that belongs to the user: to the contact, or to its caller, who joins again. A PIN that is wrong, expired or of others returns 404. After ten of those in ten minutes the response is 429. What cannot be a PIN returns 400, and is not counted.',
    security: [{ userToken: [] }],
    fields: { sid: { description: 'The PIN. Blanks and dashes are ignored.', schema: { pattern: '\\p{Nd}' } } },
    responses: { 200: 'The side of the user.' },
    errors: [
      { sent: { query: { sid: undefined } } },
      ...USER_ERRORS,
      failure(userTokenExpired(), {}, 'The user token has expired'),
      failure(notAPin(4), { query: { sid: 'none' } }, 'Not a PIN'),
      failure(callNotFound(), { query: { sid: '0000' } }),
      failure(tooManyAttempts(WRONG_PINS, 600), { query: { sid: '0000' } }, 'Ten wrong PINs in ten minutes'),
    ],
    examples: { pin: example('With a PIN', { query: { sid: PIN } }, CALL) },
  },
}
