import { decodeJwt } from 'jose'

const LEAST_MS = 5 * 60_000

/**
 * When a provider's token ends, in UNIX milliseconds: by its own word, where it is a JWT that says so, else after its
 * documented life. It lives for that at most, and for five minutes at least: what is over on arrival would be asked for
 * again and again.
 */
export function expiryOrDefault(token: string, now: number, documentedLifeMs: number): number {
  const said = jwtExpiry(token) ?? Infinity
  return Math.max(now + LEAST_MS, Math.min(said, now + documentedLifeMs))
}

/** The `exp` of a JWT in UNIX milliseconds; undefined for what has none. */
export function jwtExpiry(token: string): number | undefined {
  try {
    const { exp } = decodeJwt(token)
    return typeof exp === 'number' ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}
