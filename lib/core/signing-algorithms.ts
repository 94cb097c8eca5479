/** The JWS algorithms of auth tokens (RFC 7518, RFC 8037). */
export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** Every gateway and library verifies it. */
export const DEFAULT_ALGORITHM: SigningAlgorithm = 'RS256'
