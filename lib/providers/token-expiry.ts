import { decodeJwt } from 'jose'

const MIN_LIFETIME_MS = 5 * 60_000

/**
 * When a provider's token expires, in UNIX milliseconds: the `exp` of a JWT, at most the documented lifetime. It is at
 * least five minutes, because a token that is expired on arrival would be renewed without end.
 */
export function expiryOrDefault(token: string, now: number, documentedLifeMs: number): number {
  const expiry = jwtExpiry(token) ?? Infinity
  return Math.max(now + MIN_LIFETIME_MS, Math.min(expiry, now + documentedLifeMs))
}

/** The `exp` of a JWT in UNIX milliseconds; undefined if the token is not a JWT, or has no `exp`. */
export function jwtExpiry(token: string): number | undefined {
  try {
    const { exp } = decodeJwt(token)
    return typeof exp === 'number' ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}
