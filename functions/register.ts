import * as z from 'zod/mini'
import { adminToken } from '../lib/access/admin-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { registerClient, registered, registration } from '../lib/clients/registration.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { byMethod, fromJson, fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { runIdempotent } from '../lib/jobs/run-idempotent.ts'
import { clientUploadOptions } from '../lib/measurements/upload-options.ts'

const registrationBody = z.extend(registration, { upload: z.optional(clientUploadOptions) })

/** The collector sends the admin token as `token`; all other parameters have the defaults of a body. */
const registrationQuery = z.pipe(
  z.strictObject({ callback_url: registration.shape.callback_url, token: z.optional(z.string()) }),
  z.transform((query) => registrationBody.parse({ callback_url: query.callback_url })),
)

/**
 * GET|POST /register: admin token + callback_url -> {client_id, upload?}. Only this response, and those of the same
 * Idempotency-Key, contain the client_secret of a confidential client; its record has a digest.
 */
export const handler = endpoint(
  {
    access: requireAnyOf(adminToken({ inQuery: true })),
    input: byMethod({ GET: fromQuery(registrationQuery), POST: fromJson(registrationBody) }),
    responses: { 200: registered },
  },
  async ({ input, request }) => {
    const key = parseIdempotencyKey(request)
    const idempotent = { key, scope: ['register'], input, result: registered, deadline: request.deadline }
    return json(200, await runIdempotent(idempotent, () => registerClient(input, request.receivedAt)))
  },
)
