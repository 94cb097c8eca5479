import * as z from 'zod'
import { handler as session } from '../../../functions/create-call.ts'
import { handler as auth } from '../../../functions/help-lightning-user-token.ts'
import { handler as join } from '../../../functions/join-call.ts'
import type { ErrorExample, Operation } from '../operation.ts'
import {
  authTokenRefused,
  invalidField,
  jsonRefused,
  missing,
  providerRefused,
  STORAGE,
  wantedToken,
} from '../refusals.ts'
import { BOB, PIN, USER_TOKEN } from '../samples.ts'

const call = z
  .object({
    sid: z.string().describe('The PIN of the call, which one tells the other.'),
    session_id: z
      .union([z.array(z.string()), z.string()])
      .describe(
        'The session at Help Lightning: a list of one, or a text where the deployment says so (`HLSERVER_SESSION_ID`).',
      ),
    session_token: z.string().describe('The token of one’s side of the session.'),
    user_token: z.string().describe('The user token that was sent.'),
    url: z.string().describe('Where the video goes.'),
    ws_url: z.string().describe('Where it goes over WebSocket.'),
  })
  .meta({ id: 'Call', description: 'One side of a call.' })

const CALL = {
  sid: PIN,
  session_id: ['f3a1c7d2-8a0e-4f6b-9c35-2d7e1b9a4c60'],
  user_token: USER_TOKEN,
  session_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJHc3MifQ.ZXhhbXBsZS1jYWxs',
  url: 'gss+ssl://gss.example:40178',
  ws_url: 'wss://gss.example:40177',
}

const helpLightning = providerRefused('Help Lightning', 'HLSERVER_API_KEY')

const userToken: Operation = {
  route: 'GET /auth',
  handler: auth,
  id: 'getUserToken',
  tag: 'Calls',
  summary: 'Get the user token of a person',
  description:
    'Gives the user token of the person who has an e-mail address at Help Lightning. An auth token with the scope `session` is for that person alone, whom a confidential client has named as its participant; one with the scope `impersonate` is for a server that looks after its users. A deployment may open this endpoint to everybody (`OPEN_ENDPOINTS`).',
  security: [{ authToken: ['session'] }, { authToken: ['impersonate'] }],
  fields: { email: { description: 'The address of the person.', schema: { format: 'email' } } },
  answers: {
    200: {
      description: 'The user token.',
      content: { 'application/json': z.object({ token: z.string().describe('What `/session` takes.') }) },
    },
  },
  refused: [
    invalidField('email', 'must be an e-mail address', { query: { email: 'bob' } }),
    missing(wantedToken('session', 'impersonate')),
    ...authTokenRefused('session', 'impersonate'),
    {
      code: 'not_allowed',
      summary: 'Somebody else',
      detail: 'The auth token is not for this e-mail address: its participant must be the same.',
      sent: { query: { email: 'carol@corp.example' } },
    },
    {
      code: 'not_found',
      summary: 'Nobody has this address',
      detail: 'No user of this enterprise has this e-mail address.',
    },
    ...helpLightning,
    STORAGE,
  ],
  examples: { bob: { summary: 'Bob', sent: { query: { email: BOB } }, body: { token: USER_TOKEN } } },
}

const userRefused: readonly ErrorExample[] = [
  missing('the user token from /auth as Authorization'),
  {
    code: 'credentials_invalid',
    summary: 'Not a user token of this service',
    detail: 'This is not a user token that this service has handed out. Get one from /auth.',
    sent: { security: [], headers: { Authorization: 'not-a-user-token' } },
  },
  STORAGE,
]

const create: Operation = {
  ...userToken,
  route: 'POST /session',
  handler: session,
  id: 'createCall',
  summary: 'Create a call',
  description:
    'Creates a call with a contact. Its `sid` is a PIN: whoever creates the call tells it to the contact, who joins with it by `GET /session`. The same person asking for the same contact within a minute is given the same call.',
  security: [{ userToken: [] }],
  fields: { contact_email: { description: 'The address of the contact.', schema: { format: 'email' } } },
  answers: { 200: { description: 'The side of who has created it.', content: { 'application/json': call } } },
  refused: [
    invalidField('contact_email', 'is missing', { body: {} }),
    ...jsonRefused(64_000),
    ...userRefused,
    {
      code: 'user_token_expired',
      summary: 'Help Lightning takes the user token no longer',
      detail: 'Get a new user token from /auth, then try again.',
    },
    {
      code: 'not_found',
      detail: 'No user of this enterprise has the e-mail address in contact_email.',
      sent: { body: { contact_email: 'nobody@corp.example' } },
    },
    {
      code: 'too_many_attempts',
      summary: 'More than thirty calls in ten minutes',
      detail: 'Too many calls: try again in 600 seconds.',
      headers: { 'retry-after': '600' },
      sent: { body: { contact_email: 'nobody@corp.example' } },
    },
    {
      code: 'pins_exhausted',
      detail: 'Too many calls are under way for PINs this short: try again in a minute.',
      headers: { 'retry-after': '60' },
    },
    {
      code: 'event_in_progress',
      detail: 'Another request for the same is being worked on: try again.',
      headers: { 'retry-after': '5' },
    },
    ...helpLightning,
  ],
  examples: { bob: { summary: 'With Bob', sent: { body: { contact_email: BOB } }, body: CALL } },
}

const joining: Operation = {
  ...create,
  route: 'GET /session',
  handler: join,
  id: 'joinCall',
  summary: 'Join a call',
  description:
    'Gives the contact their side of a call. A PIN that is wrong, over, or another’s is answered 404, all alike; after ten of those, 429.',
  fields: { sid: 'The PIN.' },
  answers: { 200: { description: 'The side of the contact.', content: { 'application/json': call } } },
  refused: [
    invalidField('sid', 'is missing', { query: { sid: undefined } }),
    ...userRefused,
    {
      code: 'user_token_expired',
      summary: 'The user token has expired',
      detail: 'Get a new user token from /auth, then try again.',
    },
    {
      code: 'not_found',
      detail: 'There is no call for you under this sid: ask for a new PIN.',
      sent: { query: { sid: 'none' } },
    },
    {
      code: 'too_many_attempts',
      summary: 'Ten wrong PINs in ten minutes',
      detail: 'Too many wrong PINs: try again in 600 seconds.',
      headers: { 'retry-after': '600' },
      sent: { query: { sid: 'none' } },
    },
  ],
  examples: { pin: { summary: 'With a PIN', sent: { query: { sid: PIN } }, body: CALL } },
}

export const calls = [userToken, create, joining]
