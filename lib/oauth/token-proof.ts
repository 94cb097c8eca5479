import { type DpopProof, proofMissing, verifyProof } from '../access/dpop.ts'
import type { ClientRecord } from '../clients/store.ts'
import type { Request } from '../http/request.ts'
import { checkNonce } from './proof-nonce.ts'

/**
 * Returns the DPoP proof of a request for a token, or null without one (RFC 9449 section 5). The token is bound to its key.
 * Throws `proof_invalid`, also for a client that needs a proof and sends none, and `nonce_required`.
 */
export async function findTokenProof(
  request: Request,
  { dpop_bound }: Pick<ClientRecord, 'dpop_bound'>,
): Promise<DpopProof | null> {
  if (request.headers['dpop'] === undefined) {
    if (dpop_bound) throw proofMissing()
    return null
  }
  const proof = await verifyProof(request)
  await checkNonce(request, proof.nonce)
  return proof
}
