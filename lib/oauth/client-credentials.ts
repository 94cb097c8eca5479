import * as z from 'zod/mini'
import { issueToken, jwt } from '../access/auth-token.ts'
import { participantScopes } from '../clients/scopes.ts'
import type { ClientRecord } from '../clients/store.ts'
import { getSettings } from '../config/settings.ts'
import { participantSchema } from '../core/identifiers.ts'
import { Problem } from '../core/problem.ts'
import { maxString, numericString } from '../core/zod-helpers.ts'
import { invalidParameter } from '../http/input.ts'
import type { Request } from '../http/request.ts'
import { audienceParameters, resolveAudience } from './audience.ts'
import { clientParameters, requireAuthenticatedClient } from './client-authentication.ts'

/** @limit Access | seconds of life that an auth token has at least */
const MIN_SECONDS = 60

export const tokenParameters = z.object({
  ...clientParameters,
  grant_type: maxString(256),
  scope: z.optional(maxString(512)),
  ...audienceParameters,
  participant_id: z.optional(participantSchema),
  expires_in: z.optional(numericString(/^\d{1,6}$/, 'must be a whole number of seconds')),
})

/** RFC 6749 section 5.1. */
export const tokenResponse = z.object({
  access_token: jwt,
  token_type: z.literal('Bearer'),
  expires_in: z.int().check(z.minimum(MIN_SECONDS)),
  scope: z.string(),
})

type TokenParameters = z.output<typeof tokenParameters>

/**
 * The client credentials grant (RFC 6749 section 4.4). Beyond the RFC, a client may send `participant_id`, the person
 * who uses the token, and `expires_in`, its lifetime in seconds.
 */
export async function grantClientCredentials(
  request: Request,
  parameters: TokenParameters,
): Promise<z.output<typeof tokenResponse>> {
  const { grant_type, participant_id } = parameters
  if (grant_type !== 'client_credentials') throw grantUnsupported()
  const client = await requireAuthenticatedClient(request, parameters)
  const scope = resolveScope(client, parameters)
  const audience = await resolveAudience(client, parameters)
  const lifetimeSeconds = await resolveLifetime(parameters.expires_in)
  const grant = { clientId: client.client_id, scope, audience, participantTrusted: true, lifetimeSeconds }
  const { token } = await issueToken(
    participant_id === undefined ? grant : { ...grant, participantId: participant_id },
    request.receivedAt,
  )
  return { access_token: token, token_type: 'Bearer', expires_in: lifetimeSeconds, scope: scope.join(' ') }
}

/** Returns the requested scopes; without a request, all registered ones. Throws `scope_invalid`. */
function resolveScope(client: ClientRecord, { scope, participant_id }: TokenParameters): string[] {
  const allowed = participant_id === undefined ? client.scope : participantScopes(client.scope)
  const requested = scope === undefined ? allowed : [...new Set(scope.split(' '))]
  if (requested.length > 0 && requested.every((name) => allowed.includes(name))) return requested
  throw scopeInvalid(participant_id === undefined ? 'this client' : 'a participant of this client', allowed)
}

export const grantUnsupported = () => new Problem('grant_unsupported', 'grant_type must be client_credentials.')
export const scopeInvalid = (owner: string, allowed: readonly string[]) =>
  new Problem('scope_invalid', `scope must be one or more of the scopes of ${owner}: ${allowed.join(' ') || 'none'}.`)

async function resolveLifetime(requested: number | undefined): Promise<number> {
  const { TOKEN_MINUTES, TOKEN_MINUTES_MAX } = await getSettings('TOKEN_MINUTES', 'TOKEN_MINUTES_MAX')
  const maxSeconds = TOKEN_MINUTES_MAX * 60
  const seconds = requested ?? Math.min(TOKEN_MINUTES * 60, maxSeconds)
  if (seconds >= MIN_SECONDS && seconds <= maxSeconds) return seconds
  throw invalidParameter([{ field: 'expires_in', detail: `must be from ${MIN_SECONDS} to ${maxSeconds} seconds` }])
}
