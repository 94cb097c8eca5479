import * as z from 'zod/mini'
import { adminToken } from '../lib/access/admin-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { registerClient, registered, registration } from '../lib/clients/registration.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { byMethod, fromJson, fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'

/** The collector's query carries the admin token as `token`; the rest is as in a body, by default. */
const asQuery = z.pipe(
  z.strictObject({ callback_url: registration.shape.callback_url, token: z.optional(z.string()) }),
  z.transform((query) => registration.parse({ callback_url: query.callback_url })),
)

/**
 * GET|POST /register: admin token + callback_url -> {client_id}. A confidential client gets its client_secret here and
 * never again; the table keeps a digest.
 */
export const handler = endpoint(
  {
    access: requireAnyOf(adminToken({ inQuery: true })),
    input: byMethod({ GET: fromQuery(asQuery), POST: fromJson(registration) }),
    responses: { 200: registered },
  },
  async ({ input, request }) => json(200, await registerClient(input, request.receivedAt)),
)
