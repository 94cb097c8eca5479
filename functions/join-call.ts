import * as z from 'zod/mini'
import { requireAnyOf } from '../lib/access/proof.ts'
import { limitWrongPins } from '../lib/calls/attempts.ts'
import { parsePin } from '../lib/calls/pin.ts'
import { callResponse, parseCall, toCallResponse } from '../lib/calls/session.ts'
import { findCall } from '../lib/calls/store-pins.ts'
import { userToken } from '../lib/calls/user-token.ts'
import { getSettings } from '../lib/config/settings.ts'
import { Problem } from '../lib/core/problem.ts'
import { maxString } from '../lib/core/zod-helpers.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery, invalidParameter, withSchemas } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'

const query = z.strictObject({ sid: maxString(64) })

/**
 * GET /session?sid=, with the user token of the contact or the caller: returns their side of the call of a PIN -> as
 * POST /session. A PIN that is wrong, expired or of others returns 404, and repeated guesses 429. What cannot be a PIN
 * returns 400, uncounted.
 */
export const handler = endpoint(
  {
    access: requireAnyOf(userToken),
    input: withSchemas({ query }, async (request) => {
      const { HLSERVER_PIN_DIGITS } = await getSettings('HLSERVER_PIN_DIGITS')
      const pin = parsePin((await fromQuery(query)(request)).sid, HLSERVER_PIN_DIGITS)
      if (pin === null) throw notAPin(HLSERVER_PIN_DIGITS)
      return pin
    }),
    responses: { 200: callResponse },
  },
  async ({ request, input: sid, caller: { userId, userToken } }) => {
    const call = await limitWrongPins(`pin#${userId}`, request.receivedAt, () =>
      findCall(sid, userId, request.receivedAt),
    )
    if (call === null) throw callNotFound()
    return json(200, await toCallResponse(sid, userToken, parseCall(call)))
  },
)

export const notAPin = (digits: number) =>
  invalidParameter([{ field: 'sid', detail: `must be a PIN of ${digits} digits` }])

export const callNotFound = () =>
  new Problem('not_found', 'sid does not match a call for you. Ask the caller for a new PIN.')
