import * as z from 'zod'
import { proofOf, trustedParticipant } from '../lib/access/access.ts'
import { clientToken } from '../lib/access/client-token.ts'
import { closable } from '../lib/access/open.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { chosenText, fromQueryAndJson, invalid } from '../lib/http/input.ts'
import { json } from '../lib/http/respond.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { accessToken } from '../lib/providers/sethealth.ts'

/** Sethealth does not say when a token ends, so its lifetime is always asked for: a quarter of an hour, a day at most. */
const DEFAULT_SECONDS = 900
const MOST_SECONDS = 86_400

const parameters = z.strictObject({
  expires_in: z
    .union(
      [
        z.int(),
        z
          .string()
          .regex(/^\d{1,6}$/)
          .transform(Number),
      ],
      'must be a whole number of seconds',
    )
    .refine((seconds) => seconds >= 1 && seconds <= MOST_SECONDS, `must be from 1 to ${MOST_SECONDS} seconds`)
    .default(DEFAULT_SECONDS),
  user_id: chosenText(256).optional(),
  test_mode: z
    .union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })], 'must be true or false')
    .optional(),
})

/** GET|POST /access-token: a short-lived access token of Sethealth for a front end -> {token, expires_in} (seconds). */
export const handler = endpoint(
  {
    access: closable('access-token', proofOf(clientToken('access-token'))),
    input: fromQueryAndJson(parameters),
  },
  async ({ request, input: { expires_in, user_id, test_mode }, caller }) => {
    const userId = trustedParticipant(caller) ?? user_id
    if (user_id !== undefined && user_id !== userId) {
      throw invalid([{ field: 'user_id', detail: 'must be the participant of the auth token' }])
    }
    const wish = { expiresIn: expires_in, userId, testMode: test_mode }
    const token = await accessToken(wish, providerDeadline(request.receivedAt))
    return json(200, { token, expires_in })
  },
)
