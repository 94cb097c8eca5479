import { clientToken } from '../lib/access/client-token.ts'
import { openable } from '../lib/access/open-endpoints.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { openIdentitySession, sessionResponse } from '../lib/identity/sessions.ts'
import { startInput } from '../lib/identity/start-input.ts'
import { providerDeadline } from '../lib/providers/http.ts'

/**
 * GET|POST /start: starts an identity session at Incode, or resumes the one with `uniqueId` ->
 * {success, token, interviewId, uniqueId, uuid}. The token is valid for this session only, so a device may have it.
 */
export const handler = endpoint(
  {
    access: openable('start', requireAnyOf(clientToken('start'))),
    input: startInput,
    responses: { 200: sessionResponse },
    formatError: formatIncodeError,
  },
  async ({ request, input, caller }) => {
    const session = await openIdentitySession(request, input, caller, providerDeadline(request.receivedAt))
    return json(200, { success: true, ...session, uuid: session.uniqueId })
  },
)
