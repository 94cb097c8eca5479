/** The JWS algorithms of auth tokens (RFC 7518, RFC 8037). */
export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** Every gateway and library verifies it. */
export const DEFAULT_ALGORITHM: SigningAlgorithm = 'RS256'

/** The JWS algorithms of DPoP proofs. `Ed25519` is the newer name of `EdDSA` with that curve (RFC 9864). */
export const PROOF_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'RS256'] as const
export type ProofAlgorithm = (typeof PROOF_ALGORITHMS)[number]
