import * as z from 'zod/mini'
import { type TokenClaims, verifyTokenForAnyone } from '../access/auth-token.ts'
import { findActiveToken } from '../clients/active-token.ts'
import type { ClientRecord } from '../clients/store.ts'
import { revokeToken } from '../clients/store-tokens.ts'
import { Problem } from '../core/problem.ts'

export const tokenSchema = z.string().check(z.maxLength(8_192, 'must have at most 8192 characters'))

const active = z.object({
  active: z.literal(true),
  scope: z.string(),
  client_id: z.string(),
  token_type: z.enum(['Bearer', 'DPoP']),
  exp: z.int(),
  iat: z.int(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iss: z.url(),
  jti: z.uuid(),
  participant_id: z.optional(z.string()),
  /** RFC 9449 section 6.2. */
  cnf: z.optional(z.object({ jkt: z.string() })),
})

/** Introspection response (RFC 7662 section 2.2) with an additional `participant_id`. */
export const introspection = z.union([active, z.object({ active: z.literal(false) })])

/**
 * Returns the current state of a token from its record. Tokens of other clients are inactive, unless the client has the
 * scope `introspect`.
 */
export async function introspectToken(
  token: string,
  client: ClientRecord,
  now: number,
): Promise<z.output<typeof introspection>> {
  const claims = await findClaims(token)
  const isVisible = claims?.client_id === client.client_id || client.scope.includes('introspect')
  const record = claims && isVisible ? (await findActiveToken(claims))?.token : null
  const exp = Math.min(claims?.exp ?? 0, record?.expires_at ?? 0)
  if (!claims || !record || exp * 1000 <= now) return { active: false }
  return {
    active: true,
    scope: record.scope.join(' '),
    client_id: claims.client_id,
    token_type: claims.cnf ? 'DPoP' : 'Bearer',
    exp,
    iat: claims.iat,
    sub: claims.client_id,
    aud: claims.aud,
    iss: claims.iss,
    jti: claims.jti,
    ...(record.participant_id !== undefined && { participant_id: record.participant_id }),
    ...(claims.cnf && { cnf: claims.cnf }),
  }
}

/** Revokes a token if it belongs to the client. */
export async function revokeOwnToken(token: string, clientId: string, now: number): Promise<void> {
  const claims = await findClaims(token)
  if (claims?.client_id === clientId) await revokeToken(claims.jti, now)
}

/** Returns null for expired tokens and for text that is not a token of this service. */
async function findClaims(token: string): Promise<TokenClaims | null> {
  try {
    return await verifyTokenForAnyone(token)
  } catch (error) {
    if (error instanceof Problem && (error.code === 'credentials_invalid' || error.code === 'token_expired'))
      return null
    throw error
  }
}
