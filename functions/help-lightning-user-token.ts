import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { openable } from '../lib/access/open-endpoints.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { saveUserToken } from '../lib/calls/store-user-tokens.ts'
import { type ClientCaller, trustedParticipant } from '../lib/core/caller.ts'
import { Problem } from '../lib/core/problem.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromQuery } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { findUser } from '../lib/providers/helplightning.ts'
import { emailAddress, isSameAddress } from '../lib/providers/helplightning-email.ts'
import { providerDeadline } from '../lib/providers/http.ts'
import { expiryOrDefault } from '../lib/providers/token-expiry.ts'

/** Documented lifetime of a Help Lightning user token. */
const DOCUMENTED_LIFETIME_MS = 30 * 86_400_000

/**
 * GET /auth?email=: returns the Help Lightning user token of a person -> {token}. The auth token must have the scope
 * `impersonate`, or this person as the participant that a confidential client named.
 */
export const handler = endpoint(
  {
    access: openable('auth', requireAnyOf(clientToken('session', 'impersonate'))),
    input: fromQuery(z.strictObject({ email: emailAddress })),
    responses: { 200: z.object({ token: z.string() }) },
  },
  async ({ request, input: { email }, caller }) => {
    if (caller.kind === 'client' && !canActFor(caller, email)) throw otherAddress()
    const user = await findUser(email, providerDeadline(request.receivedAt))
    if (!user) throw userNotFound()
    await saveUserToken(user.token, user.id, expiryOrDefault(user.token, request.receivedAt, DOCUMENTED_LIFETIME_MS))
    return json(200, { token: user.token })
  },
)

export const otherAddress = () => new Problem('not_allowed', 'email must be the participant of the auth token.')
export const userNotFound = () => new Problem('not_found', 'No user of this enterprise has this email address.')

const canActFor = (caller: ClientCaller, email: string): boolean =>
  caller.scope.includes('impersonate') || isSameAddress(trustedParticipant(caller) ?? '', email)
