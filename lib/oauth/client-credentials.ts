import * as z from 'zod/mini'
import { issueToken, jwt } from '../access/auth-token.ts'
import { participantScopes } from '../clients/scopes.ts'
import type { ClientRecord } from '../clients/store.ts'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { maxString, numericString } from '../core/zod-helpers.ts'
import { invalidParameter } from '../http/input.ts'
import type { Request } from '../http/request.ts'
import { clientParameters, requireAuthenticatedClient } from './client-authentication.ts'

/** @limit Access | seconds of life that an auth token has at least */
const SHORTEST = 60

export const tokenParameters = z.object({
  ...clientParameters,
  grant_type: maxString(256),
  scope: z.optional(maxString(512)),
  participant_id: z.optional(maxString(256)),
  expires_in: z.optional(numericString(/^\d{1,6}$/, 'must be a whole number of seconds')),
})

/** RFC 6749 section 5.1. */
export const tokenResponse = z.object({
  access_token: jwt,
  token_type: z.literal('Bearer'),
  expires_in: z.int().check(z.minimum(SHORTEST)),
  scope: z.string(),
})

type TokenParameters = z.output<typeof tokenParameters>

/**
 * The client credentials grant (RFC 6749 section 4.4). Beyond the RFC: `participant_id`, the person for whom the client
 * asks, and `expires_in`, the lifetime it wishes.
 */
export async function grantClientCredentials(
  request: Request,
  parameters: TokenParameters,
): Promise<z.output<typeof tokenResponse>> {
  const { grant_type, participant_id } = parameters
  if (grant_type !== 'client_credentials') throw grantUnsupported()
  const client = await requireAuthenticatedClient(request, parameters)
  const scope = scopeOf(client, parameters)
  const life = await lifeOf(parameters.expires_in)
  const grant = { clientId: client.client_id, scope, participantTrusted: true, life }
  const { token } = await issueToken(
    participant_id === undefined ? grant : { ...grant, participantId: participant_id },
    request.receivedAt,
  )
  return { access_token: token, token_type: 'Bearer', expires_in: life, scope: scope.join(' ') }
}

/** What was registered, or the part of it that is asked for. */
function scopeOf(client: ClientRecord, { scope, participant_id }: TokenParameters): string[] {
  const may = participant_id === undefined ? client.scope : participantScopes(client.scope)
  const asked = scope === undefined ? may : [...new Set(scope.split(' '))]
  if (asked.length > 0 && asked.every((each) => may.includes(each))) return asked
  const whose = participant_id === undefined ? 'this client' : 'a participant of this client'
  throw scopeInvalid(whose, may)
}

export const grantUnsupported = () => new Problem('grant_unsupported', 'The only grant_type is client_credentials.')
export const scopeInvalid = (whose: string, scopes: readonly string[]) =>
  new Problem('scope_invalid', `The scopes of ${whose} are: ${scopes.join(' ') || 'none'}.`)

async function lifeOf(wish: number | undefined): Promise<number> {
  const { TOKEN_MINUTES, TOKEN_MINUTES_MAX } = await getSettings('TOKEN_MINUTES', 'TOKEN_MINUTES_MAX')
  const longest = TOKEN_MINUTES_MAX * 60
  const life = wish ?? Math.min(TOKEN_MINUTES * 60, longest)
  if (life >= SHORTEST && life <= longest) return life
  throw invalidParameter([{ field: 'expires_in', detail: `must be from ${SHORTEST} to ${longest} seconds` }])
}
