import { CREATED_CALLS } from '../lib/calls/attempts.ts'
import { pinsExhausted } from '../lib/calls/pin.ts'
import { callResponse, contactNotFound } from '../lib/calls/session.ts'
import { unknownUserToken } from '../lib/calls/user-token.ts'
import { tooManyAttempts } from '../lib/dynamodb/rate-limit.ts'
import { providerErrors } from '../lib/openapi/errors.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import { IN_PROGRESS, idempotencyErrors, SAME_RESPONSE } from '../lib/openapi/idempotency.ts'
import { type ErrorExample, example, failure, type Operations } from '../lib/openapi/operation.ts'
import { BOB, PIN, USER_TOKEN } from '../lib/openapi/samples.ts'
import { userTokenExpired } from '../lib/providers/errors.ts'

describeSchema(callResponse, {
  id: 'CallSide',
  description: 'One participant’s side of a call.',
  fields: {
    sid: 'The PIN of the call, which the contact needs to join.',
    session_id:
      'The Help Lightning session: a list with one id, or a string if the deployment sets `HLSERVER_SESSION_ID`.',
    session_token: 'The token for this side of the session.',
    user_token: 'The user token from the request.',
    url: 'Address of the video server.',
    ws_url: 'Address of the video server for WebSocket.',
  },
})

export const CALL = {
  sid: PIN,
  session_id: ['f3a1c7d2-8a0e-4f6b-9c35-2d7e1b9a4c60'],
  user_token: USER_TOKEN,
  session_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJHc3MifQ.ZXhhbXBsZS1jYWxs',
  url: 'gss+ssl://gss.example:40178',
  ws_url: 'wss://gss.example:40177',
}

export const USER_ERRORS: readonly ErrorExample[] = [
  failure(
    unknownUserToken(),
    { security: [], headers: { Authorization: 'not-a-user-token' } },
    'Not a user token of this service',
  ),
]

export const operations: Operations = {
  'POST /session': {
    id: 'createCall',
    tag: 'Calls',
    summary: 'Create a call',
    description:
      'Creates a call with a contact. The `sid` in the response is a PIN; the contact joins with it through `GET /session`. The same request within a minute returns the same call; later, the caller joins it again with the PIN.',
    security: [{ userToken: [] }],
    headers: SAME_RESPONSE,
    fields: { contact_email: { description: 'The e-mail address of the contact.', schema: { format: 'email' } } },
    responses: { 200: 'The side of the caller who created it.' },
    errors: [
      { sent: { body: {} } },
      ...USER_ERRORS,
      failure(userTokenExpired(), {}, 'Help Lightning rejects the user token'),
      failure(contactNotFound(), { body: { contact_email: 'nobody@corp.example' } }),
      failure(
        tooManyAttempts(CREATED_CALLS, 600),
        { body: { contact_email: 'nobody@corp.example' } },
        'More than thirty calls in ten minutes',
      ),
      failure(pinsExhausted()),
      IN_PROGRESS,
      ...idempotencyErrors({ body: { contact_email: 'carol@corp.example' } }),
      ...providerErrors('Help Lightning', 'HLSERVER_API_KEY'),
    ],
    examples: { bob: example('With Bob', { body: { contact_email: BOB } }, CALL) },
  },
}
