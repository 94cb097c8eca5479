import { hash } from 'node:crypto'
import { thumbprint } from '../access/proof-key.ts'
import type { AttestationPolicy } from '../clients/attestation-policy.ts'
import { invalidParameter } from '../http/input.ts'
import { type AppAttestPolicy, verifyAssertion, verifyAttestation } from './app-attest.ts'
import { appleRoots } from './apple-roots.ts'
import type { AttestRequest, PlatformEvidence } from './attest-request.ts'
import { deviceRevoked, evidenceInvalid } from './evidence-problems.ts'
import { verifyIntegrityToken } from './play-integrity.ts'
import { findPlayKeys } from './play-keys.ts'
import { type AttestedDevice, findDevice } from './store-devices.ts'

/** What the evidence must be for: SHA-256 of the challenge, a dot, and the thumbprint of the key (RFC 7638). */
const clientDataHash = ({ challenge, jwk }: AttestRequest): Buffer =>
  hash('sha256', `${challenge}.${thumbprint(jwk)}`, 'buffer')

/** A key of a platform names the device. */
const deviceIdOf = (platform: PlatformEvidence['platform'], key: string): string =>
  hash('sha256', `${platform} ${key}`, 'hex').slice(0, 32)

/** A device that sent valid evidence; `isNew` unless it is known. */
type CheckedDevice = AttestedDevice & { isNew: boolean }

/**
 * Verifies evidence by the policy of its client, and returns the device. Throws `evidence_invalid`, `device_revoked`, or
 * `parameter_invalid` for a platform that the client does not have.
 */
export async function checkEvidence(
  request: AttestRequest,
  { ios, android }: AttestationPolicy,
  now: number,
): Promise<CheckedDevice> {
  const { evidence } = request
  if (evidence.platform === 'android') {
    if (!android) throw platformUnknown()
    return checkAndroid(request, evidence.integrityToken, android, now)
  }
  if (!ios) throw platformUnknown()
  const policy = { appIds: ios.app_ids, distributions: ios.distribution, allowsDevelopment: ios.development }
  return evidence.attestation
    ? attestAppleKey(request, evidence, policy, now)
    : renewAppleKey(request, evidence, policy, now)
}

export const platformUnknown = () =>
  invalidParameter([{ field: 'platform', detail: 'must be one that the client was registered with' }])

async function attestAppleKey(
  request: AttestRequest,
  { keyId, attestation }: { keyId: Buffer; attestation: Buffer },
  policy: AppAttestPolicy,
  now: number,
): Promise<CheckedDevice> {
  const input = { attestation, keyId, clientDataHash: clientDataHash(request) }
  const { facts, issue } = verifyAttestation(input, policy, await appleRoots(), now)
  if (!facts) throw evidenceInvalid(issue, 'ios')
  return {
    device_id: deviceIdOf('ios', facts.keyId.toString('hex')),
    client_id: request.client_id,
    platform: 'ios',
    app: facts.appId,
    app_version: facts.bundleVersion,
    is_development: facts.isDevelopment,
    public_key: facts.publicKey.toString('base64'),
    counter: 0,
    isNew: true,
  }
}

async function renewAppleKey(
  request: AttestRequest,
  { keyId, assertion }: { keyId: Buffer; assertion: Buffer },
  policy: AppAttestPolicy,
  now: number,
): Promise<CheckedDevice> {
  const device_id = deviceIdOf('ios', keyId.toString('hex'))
  const known = await findDevice(request.client_id, device_id, now)
  if (known?.public_key === undefined) throw evidenceInvalid('unknown_key', 'ios')
  if (known.revoked_at !== undefined) throw deviceRevoked('ios')
  if (known.is_development && !policy.allowsDevelopment) throw evidenceInvalid('environment', 'ios')
  const { client_id, app, is_development, public_key, counter = 0 } = known
  const publicKey = Buffer.from(public_key, 'base64')
  const input = { assertion, clientDataHash: clientDataHash(request), publicKey, counter }
  // The key belongs to one app, also if the client has several.
  const ownApp = { ...policy, appIds: policy.appIds.filter((appId) => appId === app) }
  const { facts, issue } = verifyAssertion(input, ownApp)
  if (!facts) throw evidenceInvalid(issue, 'ios')
  return {
    ...{ device_id, client_id, platform: 'ios', app, is_development, public_key },
    app_version: facts.bundleVersion,
    counter: facts.counter,
    isNew: false,
  }
}

async function checkAndroid(
  request: AttestRequest,
  token: string,
  android: NonNullable<AttestationPolicy['android']>,
  now: number,
): Promise<CheckedDevice> {
  const policy = {
    packageName: android.package,
    certificateDigests: android.certificate_sha256.map((digest) => Buffer.from(digest, 'hex')),
    deviceVerdicts: android.device,
    appVerdicts: android.app,
    allowsDevelopment: android.development,
  }
  const input = { token, nonce: clientDataHash(request) }
  const { facts, issue } = await verifyIntegrityToken(input, await findPlayKeys(android.package), policy, now)
  if (!facts) throw evidenceInvalid(issue, 'android')
  const { client_id, jwk } = request
  const device_id = deviceIdOf('android', thumbprint(jwk))
  return {
    device_id,
    client_id,
    platform: 'android',
    app: facts.packageName,
    app_version: facts.versionCode,
    is_development: facts.isDevelopment,
    isNew: (await findDevice(client_id, device_id, now)) === null,
  }
}
