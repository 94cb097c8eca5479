import type * as z from 'zod/mini'
import { recordChallenge } from '../access/store-proofs.ts'
import { findActiveClient } from '../clients/active-client.ts'
import { attestationPolicy } from '../clients/attestation-policy.ts'
import { Problem } from '../core/problem.ts'
import { unixSeconds } from '../dynamodb/client.ts'
import type { Request } from '../http/request.ts'
import { countMetric } from '../observability/metrics.ts'
import type { AttestRequest, attestResponse } from './attest-request.ts'
import { CHALLENGE_SECONDS, isValidChallenge } from './challenge.ts'
import { checkEvidence } from './check-evidence.ts'
import { ATTESTATION_SECONDS, signClientAttestation } from './client-attestation.ts'
import { challengeInvalid, challengeUsed, deviceRevoked, evidenceInvalid } from './evidence-problems.ts'
import { findDevice, storeDevice } from './store-devices.ts'

/**
 * Verifies the evidence of a device and returns a client attestation for its key. Throws `client_unknown`,
 * `client_unauthorized`, `challenge_invalid`, `evidence_invalid` or `device_revoked`.
 */
export async function attestDevice(
  input: AttestRequest,
  { id, receivedAt }: Request,
): Promise<z.output<typeof attestResponse>> {
  const { client_id, challenge, jwk, evidence } = input
  const { platform } = evidence
  const client = await findActiveClient(client_id)
  if (client.kind !== 'attested') throw notAttested()
  if (!(await isValidChallenge(challenge, client_id, receivedAt))) throw challengeInvalid()
  const { isNew, ...device } = await checkEvidence(input, attestationPolicy.parse(client.attestation), receivedAt)
  // Only valid evidence is written, so that invalid evidence costs no writes.
  const challengeUntil = unixSeconds(receivedAt) + CHALLENGE_SECONDS
  if (!(await recordChallenge(challenge, id, challengeUntil))) throw challengeUsed(platform)
  if (!(await storeDevice(device, id, receivedAt))) {
    const stored = await findDevice(client_id, device.device_id, receivedAt)
    throw stored?.revoked_at === undefined ? evidenceInvalid('counter', platform) : deviceRevoked(platform)
  }
  countMetric('DeviceAttested', { platform, kind: isNew ? 'new' : 'renewed' })
  const { device_id } = device
  return {
    client_attestation: await signClientAttestation({ clientId: client_id, deviceId: device_id, jwk }, receivedAt),
    expires_in: ATTESTATION_SECONDS,
    device_id,
  }
}

export const notAttested = () =>
  new Problem(
    'client_unauthorized',
    'The client is not attested. Register it with the kind attested, or run clients attestation.',
  )
