import Negotiator from 'negotiator'
import * as z from 'zod/mini'
import { rejectIfThrottled } from '../access/auth-throttle.ts'
import { issueToken, jwt, type TokenGrant } from '../access/auth-token.ts'
import { authenticateClient, parseBasicCredentials } from '../access/client-secret.ts'
import { rejectWithoutAttestation } from '../attestation/authenticate-app.ts'
import { findActiveClient } from '../clients/active-client.ts'
import { addUrlParameters, selectCallbackUrl } from '../clients/callback-url.ts'
import { participantScopes, resolveScope } from '../clients/scopes.ts'
import type { ClientRecord } from '../clients/store.ts'
import { getSettings } from '../config/settings.ts'
import { clientIdSchema, participantSchema } from '../core/identifiers.ts'
import { Problem } from '../core/problem.ts'
import { maxString, numericString } from '../core/zod-helpers.ts'
import { invalidParameter } from '../http/input.ts'
import type { Request } from '../http/request.ts'
import { empty, json } from '../http/response.ts'
import { resolveAudience } from './audience.ts'
import { codeRequestParameters, issueCode, requestedChallenge } from './authorization-code.ts'

/** Parameters of `GET /token`: those of the collector, and those of an OAuth authorisation request. */
export const redirectParameters = z.object({
  client_id: clientIdSchema,
  expiry_minutes: z.optional(numericString(/^\d+$/, 'must be a whole number of minutes')),
  participant_id: z.optional(participantSchema),
  redirect_uri: z.optional(maxString(2_048)),
  response: z.optional(z.enum(['json'], 'must be json')),
  scope: z.optional(maxString(512)),
  ...codeRequestParameters,
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
 * that prefer JSON get 200 without a redirect. With `code_challenge`, the redirect has a one-time code instead.
 */
export async function redirectToClient(request: Request, parameters: RedirectParameters) {
  const codeChallenge = requestedChallenge(parameters)
  const lifetimeSeconds = await resolveLifetime(parameters)
  const { client_id, participant_id, redirect_uri, resource, audience, response, dpop_jkt, state } = parameters
  const client = await findActiveClient(client_id)
  if (client.kind === 'confidential') {
    await rejectIfThrottled(request, 'secret')
    await authenticateClient(request, client, parseBasicCredentials(request))
  }
  // A browser cannot send a client attestation: the app sends it when it redeems the code.
  if (client.kind === 'attested' && codeChallenge === undefined) rejectWithoutAttestation(client)
  if (codeChallenge === undefined && (client.dpop_bound || request.headers['dpop'] !== undefined)) throw codeRequired()
  const callbackUrl = selectCallbackUrl(client, redirect_uri)
  if (callbackUrl === undefined) throw redirectUriUnknown()

  const grant: TokenGrant = {
    clientId: client_id,
    scope: grantedScope(client, parameters, codeChallenge !== undefined),
    participantTrusted: client.kind === 'confidential',
    audience: await resolveAudience(client, {
      ...(resource !== undefined && { resource: [resource] }),
      ...(audience !== undefined && { audience: [audience] }),
    }),
    lifetimeSeconds,
    ...(participant_id !== undefined && { participantId: participant_id }),
  }
  if (codeChallenge !== undefined) {
    const delivery = { codeChallenge, callbackUrl, redirectUri: redirect_uri, dpopJkt: dpop_jkt, state }
    return empty(302, { location: await issueCode(grant, delivery, request.receivedAt) })
  }
  const { token, expiresAt, expiresIn } = await issueToken(grant, request.receivedAt)
  const values = {
    auth_token: token,
    expiry: expiresAt.toISOString(),
    ...(participant_id !== undefined && { participant_id }),
  }
  const body = { ...values, expires_in: expiresIn, token_type: 'Bearer' as const, callback_url: callbackUrl }
  return response === 'json' || prefersJson(request.headers['accept'])
    ? json(200, body)
    : json(302, body, { location: addUrlParameters(callbackUrl, values) })
}

async function resolveLifetime({ expiry_minutes }: RedirectParameters): Promise<number> {
  const { TOKEN_MINUTES, TOKEN_MINUTES_MAX } = await getSettings('TOKEN_MINUTES', 'TOKEN_MINUTES_MAX')
  const minutes = expiry_minutes ?? Math.min(TOKEN_MINUTES, TOKEN_MINUTES_MAX)
  if (minutes >= 1 && minutes <= TOKEN_MINUTES_MAX) return minutes * 60
  throw invalidParameter([{ field: 'expiry_minutes', detail: `must be from 1 to ${TOKEN_MINUTES_MAX} minutes` }])
}

/** The collector ignores `scope`, so only the request for a code can narrow the scopes. */
function grantedScope(client: ClientRecord, { participant_id, scope }: RedirectParameters, isForCode: boolean) {
  if (isForCode) return resolveScope(client, participant_id, scope)
  const allowed = participant_id === undefined ? client.scope : participantScopes(client.scope)
  if (allowed.length > 0) return allowed
  const detail = 'must be omitted: no scope of this client is for participants'
  throw invalidParameter([{ field: 'participant_id', detail }])
}

export const codeRequired = () =>
  new Problem(
    'client_unauthorized',
    'A token that is bound to a key needs a code: send code_challenge, and redeem the code at POST /token with a DPoP proof.',
  )
export const redirectUriUnknown = () =>
  invalidParameter([{ field: 'redirect_uri', detail: 'must be exactly a registered callback URL of this client' }])

/** Browsers accept HTML, and curl accepts any type: both are redirected. */
const prefersJson = (accept = '*/*'): boolean =>
  new Negotiator({ headers: { accept } }).mediaType(['text/html', 'application/json']) === 'application/json'
