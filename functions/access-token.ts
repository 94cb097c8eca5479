import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { openable } from '../lib/access/open-endpoints.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { trustedParticipant } from '../lib/core/caller.ts'
import { numericString } from '../lib/core/zod-helpers.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { boundedString, fromQueryAndJson, invalidParameter } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { createAccessToken } from '../lib/providers/sethealth.ts'

/** Sethealth returns no expiry, so every request states the lifetime. */
const DEFAULT_SECONDS = 900
/** @limit Access | seconds of life of a Sethealth access token */
const MAX_SECONDS = 86_400

const parameters = z.strictObject({
  expires_in: z._default(
    z
      .union([z.int(), numericString(/^\d{1,6}$/)], 'must be a whole number of seconds')
      .check(z.refine((seconds) => seconds >= 1 && seconds <= MAX_SECONDS, `must be from 1 to ${MAX_SECONDS} seconds`)),
    DEFAULT_SECONDS,
  ),
  user_id: z.optional(boundedString(256)),
  test_mode: z.optional(
    z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })], 'must be true or false'),
  ),
})

const accessToken = z.object({ token: z.string(), expires_in: z.int() })

/** GET|POST /access-token: returns a short-lived access token of Sethealth -> {token, expires_in} (seconds). */
export const handler = endpoint(
  {
    access: openable('access-token', requireAnyOf(clientToken('access-token'))),
    input: fromQueryAndJson(parameters),
    responses: { 200: accessToken },
  },
  async ({ request, input: { expires_in, user_id, test_mode }, caller }) => {
    const userId = trustedParticipant(caller) ?? user_id
    if (user_id !== undefined && user_id !== userId) {
      throw invalidParameter([{ field: 'user_id', detail: 'must be the participant of the auth token' }])
    }
    const options = { expiresIn: expires_in, userId, testMode: test_mode }
    const token = await createAccessToken(options, providerDeadline(request.receivedAt))
    return json(200, { token, expires_in })
  },
)
