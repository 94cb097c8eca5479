import Negotiator from 'negotiator'
import * as z from 'zod/mini'
import { rejectIfThrottled } from '../access/auth-throttle.ts'
import { issueToken, jwt } from '../access/auth-token.ts'
import { authenticateClient, parseBasicCredentials } from '../access/client-secret.ts'
import { addUrlParameters } from '../clients/callback-url.ts'
import { participantScopes } from '../clients/scopes.ts'
import { findClient } from '../clients/store.ts'
import { getSettings } from '../config/settings.ts'
import { clientIdSchema, participantSchema } from '../core/identifiers.ts'
import { Problem } from '../core/problem.ts'
import { numericString } from '../core/zod-helpers.ts'
import { invalidParameter } from '../http/input.ts'
import type { Request } from '../http/request.ts'
import { json } from '../http/response.ts'
import { resolveAudience } from './audience.ts'

/** Parameters of `GET /token`, as the collector has them. */
export const redirectParameters = z.object({
  client_id: clientIdSchema,
  expiry_minutes: z.optional(numericString(/^\d+$/, 'must be a whole number of minutes')),
  participant_id: z.optional(participantSchema),
  /** As at `POST /token`, but once each. */
  resource: z.optional(z.string()),
  audience: z.optional(z.string()),
})

export const redirectResponse = z.object({
  auth_token: jwt,
  expiry: z.iso.datetime(),
  participant_id: z.optional(z.string()),
  expires_in: z.int().check(z.minimum(60)),
  token_type: z.literal('Bearer'),
  callback_url: z.url(),
})

type RedirectParameters = z.output<typeof redirectParameters>

/**
 * Issues a token and redirects the browser to the client's callback URL with it. The body has the same values; callers
 * that prefer JSON get 200 without a redirect.
 */
export async function redirectWithToken(
  request: Request,
  { client_id, expiry_minutes, participant_id, resource, audience }: RedirectParameters,
) {
  const { TOKEN_MINUTES, TOKEN_MINUTES_MAX } = await getSettings('TOKEN_MINUTES', 'TOKEN_MINUTES_MAX')
  const minutes = expiry_minutes ?? Math.min(TOKEN_MINUTES, TOKEN_MINUTES_MAX)
  if (minutes < 1 || minutes > TOKEN_MINUTES_MAX) {
    throw invalidParameter([{ field: 'expiry_minutes', detail: `must be from 1 to ${TOKEN_MINUTES_MAX} minutes` }])
  }
  const client = await findClient(client_id)
  if (client?.status !== 'active') throw clientUnknown()
  if (client.kind === 'confidential') {
    await rejectIfThrottled(request, 'secret')
    await authenticateClient(request, client, parseBasicCredentials(request))
  }

  const scope = participant_id === undefined ? client.scope : participantScopes(client.scope)
  if (scope.length === 0) {
    const detail = 'must be omitted: no scope of this client is for participants'
    throw invalidParameter([{ field: 'participant_id', detail }])
  }
  const participantTrusted = client.kind === 'confidential'
  const grant = {
    clientId: client_id,
    scope,
    participantTrusted,
    audience: await resolveAudience(client, {
      ...(resource !== undefined && { resource: [resource] }),
      ...(audience !== undefined && { audience: [audience] }),
    }),
    lifetimeSeconds: minutes * 60,
  }
  const participant = participant_id === undefined ? {} : { participant_id }
  const { token, expiresAt, expiresIn } = await issueToken(
    participant_id === undefined ? grant : { ...grant, participantId: participant_id },
    request.receivedAt,
  )
  const parameters = { auth_token: token, expiry: expiresAt.toISOString(), ...participant }
  const location = addUrlParameters(client.callback_url, parameters)
  const body = {
    ...parameters,
    expires_in: expiresIn,
    token_type: 'Bearer' as const,
    callback_url: client.callback_url,
  }
  return prefersJson(request.headers['accept']) ? json(200, body) : json(302, body, { location })
}

export const clientUnknown = () =>
  new Problem('client_unknown', 'The client does not exist or is disabled. Register it at /register.')

/** Browsers accept HTML, and curl accepts any type: both are redirected. */
const prefersJson = (accept = '*/*'): boolean =>
  new Negotiator({ headers: { accept } }).mediaType(['text/html', 'application/json']) === 'application/json'
