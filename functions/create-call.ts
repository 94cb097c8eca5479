import { createHmac } from 'node:crypto'
import * as z from 'zod/mini'
import { requireAnyOf } from '../lib/access/proof.ts'
import { limitCreatedCalls } from '../lib/calls/attempts.ts'
import { callResponse, createCall, createdCall, toCallResponse } from '../lib/calls/session.ts'
import { userToken } from '../lib/calls/user-token.ts'
import { getSettings } from '../lib/config/settings.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { fromJsonText, withSchemas } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { runIdempotent } from '../lib/jobs/run-idempotent.ts'
import { runOnce } from '../lib/jobs/run-once.ts'
import { emailAddress } from '../lib/providers/helplightning-email.ts'
import { providerDeadline } from '../lib/providers/http.ts'

/** The Android SDK retries up to five times after a timeout. */
const SAME_CALL_MS = 60_000

const body = z.looseObject({ contact_email: emailAddress })

/**
 * POST /session {contact_email}, with a user token: creates a call with a contact ->
 * {sid, session_id, session_token, user_token, url, ws_url}. A retry within a minute, or with the same
 * Idempotency-Key, returns the same call.
 */
export const handler = endpoint(
  {
    access: requireAnyOf(userToken),
    input: withSchemas({ json: body }, (request) => fromJsonText(body)(request).value),
    responses: { 200: callResponse },
  },
  async ({ request, input: { contact_email }, caller: { userId, userToken } }) => {
    const deadline = providerDeadline(request.receivedAt)
    const { SEAL_KEY, HLSERVER_PIN_MINUTES } = await getSettings('SEAL_KEY', 'HLSERVER_PIN_MINUTES')
    // A digest, because the table must not reveal the contact. A rotation of the keys that encrypt does not change it.
    const contact = createHmac('sha256', SEAL_KEY).update(contact_email.toLowerCase()).digest('base64url')
    const createOnce = async () => {
      const created = await runOnce(`call#${userId}#${contact}`, SAME_CALL_MS, deadline, async () => {
        await limitCreatedCalls(`call#${userId}`, request.receivedAt)
        return JSON.stringify(await createCall({ userId, userToken }, contact_email, deadline))
      })
      return createdCall.parse(JSON.parse(created))
    }
    const idempotent = {
      key: parseIdempotencyKey(request),
      scope: ['call', userId],
      input: contact,
      result: createdCall,
      deadline,
      validMs: HLSERVER_PIN_MINUTES * 60_000,
    }
    const { sid, ...call } = await runIdempotent(idempotent, createOnce)
    return json(200, await toCallResponse(sid, userToken, call))
  },
)
