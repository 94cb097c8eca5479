import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { openable } from '../lib/access/open-endpoints.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { Problem, withExtra } from '../lib/core/problem.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'
import { formatIncodeError } from '../lib/identity/incode-error.ts'
import { openIdentitySession, sessionResponse } from '../lib/identity/sessions.ts'
import { startInput } from '../lib/identity/start-input.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { fetchOnboardingUrl } from '../lib/providers/incode.ts'

const sessionWithUrl = z.extend(sessionResponse, { url: z.url() })

/** GET|POST /onboarding-url: as /start, with the `url` where the person completes the session. */
export const handler = endpoint(
  {
    access: openable('onboarding-url', requireAnyOf(clientToken('start'))),
    input: startInput,
    responses: { 200: sessionWithUrl },
    formatError: formatIncodeError,
  },
  async ({ request, input, caller }) => {
    const deadline = providerDeadline(request.receivedAt)
    const session = await openIdentitySession(request, input, caller, deadline)
    const { uniqueId } = session
    const url = await fetchOnboardingUrl(session.token, deadline).catch((error: unknown) => {
      // The session has started and costs money: with its uniqueId, the next request resumes it.
      throw error instanceof Problem ? withExtra(error, { uniqueId }) : error
    })
    return json(200, { success: true, ...session, uuid: uniqueId, url })
  },
)
