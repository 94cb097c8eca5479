import * as z from 'zod/mini'
import { issueToken, jwt } from '../access/auth-token.ts'
import { consumeProof } from '../access/store-proofs.ts'
import { consumeAppProof } from '../attestation/authenticate-app.ts'
import { resolveScope } from '../clients/scopes.ts'
import { getSettings } from '../config/settings.ts'
import { participantSchema } from '../core/identifiers.ts'
import { Problem } from '../core/problem.ts'
import { maxString, numericString } from '../core/zod-helpers.ts'
import { invalidParameter } from '../http/input.ts'
import type { Request } from '../http/request.ts'
import { audienceParameters, resolveAudience } from './audience.ts'
import { codeParameters, redeemForToken } from './authorization-code.ts'
import { clientParameters } from './client-authentication.ts'
import { authenticateForToken } from './token-client.ts'
import { findTokenProof } from './token-proof.ts'

/** @limit Access | seconds of life that an auth token has at least */
const MIN_SECONDS = 60

export const tokenParameters = z.object({
  ...clientParameters,
  grant_type: maxString(256),
  ...codeParameters,
  scope: z.optional(maxString(512)),
  ...audienceParameters,
  participant_id: z.optional(participantSchema),
  expires_in: z.optional(numericString(/^\d{1,6}$/, 'must be a whole number of seconds')),
})

/** RFC 6749 section 5.1. The type is DPoP if the token is bound to the key of a proof (RFC 9449 section 5). */
export const tokenResponse = z.object({
  access_token: jwt,
  token_type: z.enum(['Bearer', 'DPoP']),
  expires_in: z.int().check(z.minimum(MIN_SECONDS)),
  scope: z.string(),
})

type TokenParameters = z.output<typeof tokenParameters>

/** Issues a token for a code of `GET /token`, or for the credentials of a client. */
export async function grantToken(
  request: Request,
  parameters: TokenParameters,
): Promise<z.output<typeof tokenResponse>> {
  if (parameters.grant_type === 'client_credentials') return grantClientCredentials(request, parameters)
  if (parameters.grant_type !== 'authorization_code') throw grantUnsupported()
  return toResponse(await redeemForToken(request, parameters))
}

const toResponse = ({ token, jkt, expiresIn, scope }: Awaited<ReturnType<typeof redeemForToken>>) => ({
  access_token: token,
  token_type: jkt === undefined ? ('Bearer' as const) : ('DPoP' as const),
  expires_in: expiresIn,
  scope: scope.join(' '),
})

/**
 * The client credentials grant (RFC 6749 section 4.4). Beyond the RFC, a client may send `participant_id`, the person
 * who uses the token, and `expires_in`, its lifetime in seconds.
 */
async function grantClientCredentials(
  request: Request,
  parameters: TokenParameters,
): Promise<z.output<typeof tokenResponse>> {
  const { participant_id } = parameters
  const { client, appProof } = await authenticateForToken(request, parameters)
  const scope = resolveScope(client, participant_id, parameters.scope)
  const audience = await resolveAudience(client, parameters)
  const lifetimeSeconds = await resolveLifetime(parameters.expires_in)
  const proof = await findTokenProof(request, client)
  await consumeAppProof(request, client, appProof)
  if (proof) await consumeProof(proof, request)
  // An app can name any participant, as a public client can.
  const participantTrusted = client.kind === 'confidential'
  const grant = {
    ...{ clientId: client.client_id, scope, audience, participantTrusted, lifetimeSeconds },
    ...(participant_id !== undefined && { participantId: participant_id }),
    ...(proof && { jkt: proof.jkt }),
  }
  return toResponse(await issueToken(grant, request.receivedAt))
}

export const grantUnsupported = () =>
  new Problem('grant_unsupported', 'grant_type must be client_credentials or authorization_code.')

async function resolveLifetime(requested: number | undefined): Promise<number> {
  const { TOKEN_MINUTES, TOKEN_MINUTES_MAX } = await getSettings('TOKEN_MINUTES', 'TOKEN_MINUTES_MAX')
  const maxSeconds = TOKEN_MINUTES_MAX * 60
  const seconds = requested ?? Math.min(TOKEN_MINUTES * 60, maxSeconds)
  if (seconds >= MIN_SECONDS && seconds <= maxSeconds) return seconds
  throw invalidParameter([{ field: 'expires_in', detail: `must be from ${MIN_SECONDS} to ${maxSeconds} seconds` }])
}
