import { decodeJwt } from 'jose'
import * as z from 'zod/mini'
import { thumbprint } from '../access/proof-key.ts'
import { recordProof } from '../access/store-proofs.ts'
import type { ClientRecord } from '../clients/store.ts'
import { clientIdSchema } from '../core/identifiers.ts'
import { Problem } from '../core/problem.ts'
import type { Request } from '../http/request.ts'
import { countMetric } from '../observability/metrics.ts'
import { createChallenge } from './challenge.ts'
import { verifyClientAttestation } from './client-attestation.ts'
import { verifyPossession } from './possession.ts'
import { findDevice } from './store-devices.ts'

const ATTESTATION = 'oauth-client-attestation'
const PROOF = 'oauth-client-attestation-pop'

/** A valid proof of possession, which may have been used before. */
export interface AppProof {
  /** Thumbprint of the attested key. */
  jkt: string
  jti: string
}

/**
 * Authenticates the app of an attested client with its client attestation and a proof of possession
 * (draft-ietf-oauth-attestation-based-client-auth section 8), and writes nothing. Throws `attestation_missing`,
 * `attestation_invalid`, `attestation_expired` or `challenge_required`. In the mode `shadow` it only measures what is wrong,
 * and returns null.
 */
export async function authenticateApp(request: Request, client: ClientRecord): Promise<AppProof | null> {
  try {
    return await checkAttestation(request, client.client_id)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    countOrThrow(client, error)
    return null
  }
}

/**
 * Records that a request uses the proof of an app, when everything else is checked: the app can repeat a rejected request.
 * Throws `attestation_invalid` if another request used it before. As above, `shadow` only measures it.
 */
export async function consumeAppProof(request: Request, client: ClientRecord, proof: AppProof | null): Promise<void> {
  if (!proof) return
  const { id, receivedAt } = request
  if (!(await recordProof(proof.jkt, proof.jti, id, receivedAt))) {
    countOrThrow(client, attestationInvalid('proof_replayed'))
  } else if (isShadow(client)) countMetric('AttestationShadow', { result: 'valid' })
}

/** Throws `attestation_missing` for a request that cannot have a client attestation. As above, `shadow` only measures it. */
export const rejectWithoutAttestation = (client: ClientRecord): void => countOrThrow(client, attestationMissing())

const isShadow = ({ attestation }: ClientRecord): boolean => attestation?.mode === 'shadow'

function countOrThrow(client: ClientRecord, problem: Problem): void {
  const cause = String(problem.facts?.['cause'] ?? problem.code)
  if (!isShadow(client)) {
    if (problem.status < 500) countMetric('AttestationRejected', { cause })
    throw problem
  }
  countMetric('AttestationShadow', { result: cause })
}

const unverified = z.object({ sub: clientIdSchema })

/** The client that a client attestation names, which nothing has verified yet. Undefined without one. */
export function attestedClientId({ headers }: Request): string | undefined {
  try {
    return unverified.safeParse(decodeJwt(headers[ATTESTATION] ?? '')).data?.sub
  } catch {
    return undefined
  }
}

async function checkAttestation(request: Request, clientId: string): Promise<AppProof> {
  const { headers, receivedAt: now } = request
  const { [ATTESTATION]: text, [PROOF]: proof } = headers
  if (text === undefined) throw attestationMissing()
  const attestation = await verifyClientAttestation(text, now)
  if (attestation === 'expired') throw attestationExpired()
  if (attestation === 'invalid') throw attestationInvalid('signature')
  if (attestation.clientId !== clientId) throw attestationInvalid('client')
  if (proof === undefined) throw attestationInvalid('proof_missing')
  const possession = await verifyPossession(proof, attestation, now)
  if (possession === 'time' || possession === 'challenge')
    throw challengeRequired(possession, await createChallenge(clientId, now))
  if (typeof possession === 'string') throw attestationInvalid(`proof_${possession}`)
  const device = await findDevice(clientId, attestation.deviceId, now)
  if (!device) throw attestationInvalid('device_unknown')
  if (device.revoked_at !== undefined) throw attestationInvalid('device_revoked')
  return { jkt: thumbprint(attestation.jwk), jti: possession.jti }
}

export const attestationMissing = () =>
  new Problem(
    'attestation_missing',
    'This client is attested: use POST /token with the headers OAuth-Client-Attestation and OAuth-Client-Attestation-PoP.',
    { facts: { cause: 'missing' } },
  )

/** What is wrong with a client attestation or its proof. The names are dimensions of a metric. */
const ISSUES = {
  signature: 'The client attestation is not one of this service. Get one from POST /attest.',
  client: 'The client attestation is for another client_id.',
  proof_missing: 'The header OAuth-Client-Attestation-PoP is missing.',
  proof_invalid: 'The proof of possession must be a JWT that is signed with ES256.',
  proof_signature:
    'The attested key did not sign the proof of possession. Its signature must be r and s of 32 bytes each, not DER.',
  proof_type: 'typ of the proof of possession must be oauth-client-attestation-pop+jwt.',
  proof_audience:
    'aud of the proof of possession must be the issuer, as /.well-known/oauth-authorization-server shows it.',
  proof_claims: 'The proof of possession must contain jti, a string, and iat in UNIX seconds.',
  proof_replayed: 'The proof of possession was used before. Make a new one with another jti.',
  device_unknown: 'The device is not known any longer. Attest it again at POST /attest.',
  device_revoked: 'The operator has revoked this device.',
} as const

export const attestationInvalid = (cause: keyof typeof ISSUES) =>
  new Problem('attestation_invalid', ISSUES[cause], { facts: { cause } })

export const attestationExpired = () =>
  new Problem('attestation_expired', 'The client attestation has expired. Get a new one from POST /attest.', {
    facts: { cause: 'expired' },
  })

const WRONG = {
  time: 'iat of the proof of possession is too long ago or in the future.',
  challenge: 'The challenge of the proof of possession is for another client, or has expired.',
}

/** The clock of the phone is wrong, or a challenge is too old: the app repeats the request with the challenge. */
export const challengeRequired = (possession: 'time' | 'challenge', challenge: string) =>
  new Problem(
    'challenge_required',
    `${WRONG[possession]} Repeat it with the challenge of the header OAuth-Client-Attestation-Challenge.`,
    { headers: { 'oauth-client-attestation-challenge': challenge }, facts: { cause: `proof_${possession}` } },
  )
