import { createHmac } from 'node:crypto'
import { selectSigningKey } from '../access/auth-token.ts'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { deriveKey } from '../crypto/derived-key.ts'
import type { Request } from '../http/request.ts'

/** A nonce changes after this time, and stays valid as long again. */
const WINDOW_MS = 150_000

const windowOf = (ms: number): number => Math.floor(ms / WINDOW_MS)

const nonceOf = (jwk: { d: string }, window: number): string =>
  createHmac('sha256', deriveKey(jwk, 'latchkey dpop nonce')).update(String(window)).digest('base64url')

/**
 * Returns the header with the nonce for the next proofs (RFC 9449 section 8), or none without DPOP_NONCE or a proof. No host
 * stores nonces: each computes them.
 */
export async function nonceHeader({ headers, receivedAt }: Request): Promise<Record<string, string>> {
  const { DPOP_NONCE, SIGNING_KEYS } = await getSettings('DPOP_NONCE', 'SIGNING_KEYS')
  if (!DPOP_NONCE || headers['dpop'] === undefined) return {}
  const jwk = selectSigningKey(SIGNING_KEYS.keys, receivedAt / 1_000)
  return { 'dpop-nonce': nonceOf(jwk, windowOf(receivedAt)) }
}

/** Throws `nonce_required` with a new nonce for a proof without a valid one. Without DPOP_NONCE, every proof is valid. */
export async function checkNonce(request: Request, nonce: string | undefined): Promise<void> {
  const { DPOP_NONCE, SIGNING_KEYS } = await getSettings('DPOP_NONCE', 'SIGNING_KEYS')
  if (!DPOP_NONCE) return
  const window = windowOf(request.receivedAt)
  // The host that made the nonce may have a clock that is ahead, or another key during a rotation.
  const valid = SIGNING_KEYS.keys.flatMap((jwk) => [-1, 0, 1].map((shift) => nonceOf(jwk, window + shift)))
  if (nonce === undefined || !valid.includes(nonce)) throw nonceRequired(await nonceHeader(request))
}

export const nonceRequired = (headers: Record<string, string> = {}) =>
  new Problem('nonce_required', 'The DPoP proof must contain the nonce of the header DPoP-Nonce.', { headers })
