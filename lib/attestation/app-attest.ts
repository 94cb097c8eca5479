import { createPublicKey, hash, verify, type X509Certificate } from 'node:crypto'
import { type AuthenticatorData, parseAssertionData, parseAttestationData } from './authenticator-data.ts'
import { bytesOf, decodeCbor, membersOf } from './cbor.ts'
import { findExtension, verifyChain } from './certificate-chain.ts'
import type { Verdict } from './evidence-issue.ts'

/** How an app can be distributed, with Apple's number of the validation category. */
export const DISTRIBUTIONS = { testflight: 2, development: 3, app_store: 4, enterprise: 5, developer_id: 6 } as const
export type Distribution = keyof typeof DISTRIBUTIONS

/** What a client accepts from Apple devices. */
export interface AppAttestPolicy {
  /** `<prefix>.<bundle id>`; the prefix is usually the team id. */
  appIds: readonly string[]
  /** Checked from iOS 27 on; earlier devices do not report it. */
  distributions: readonly Distribution[]
  /** Whether keys of the development environment are accepted. */
  allowsDevelopment: boolean
}

/** A key in the Secure Enclave of a device, and the app that made it. */
export interface AttestedKey {
  /** SHA-256 of the public key. */
  keyId: Buffer
  /** The public key as SPKI (DER). */
  publicKey: Buffer
  appId: string
  isDevelopment: boolean
  bundleVersion?: string
}

const NONCE_OID = '1.2.840.113635.100.8.2'
const ACCESS_CONTROL_OID = '1.2.840.113635.100.8.6'

/**
 * Who may use a key. Apple requires the value of macOS, which Apple publishes. Keys of iPhones and iPads have the other
 * one since iOS 26.
 */
const ACCESS_CONTROLS = [
  'MEAMAjExMDowCQwCb2uhAwEB/zAJDAJvYaEDAQH/MAsMBG9kZWyhAwEB/zAVDARvc2duoAYMBHJzZWMwBaYDAgEB',
  'MEMMAjExMD0wCgwDb2tkoQMBAf8wCQwCb2GhAwEB/zALDARvc2duoQMBAf8wCwwEb2RlbKEDAQH/MAoMA29ja6EDAQH/',
].map((base64) => wrapped(3, Buffer.from(base64, 'base64')))

/** Apple's extensions: a sequence with one octet string under a tag. All lengths are below 128. */
function wrapped(tag: number, content: Uint8Array): Buffer {
  const header = [0x30, content.length + 4, 0xa0 | tag, content.length + 2, 0x04, content.length]
  return Buffer.concat([Buffer.from(header), content])
}

const PRODUCTION = Buffer.from('appattest\0\0\0\0\0\0\0')
const DEVELOPMENT = Buffer.from('appattestdevelop')

interface AttestationInput {
  /** The attestation object (CBOR), of a bounded length. */
  attestation: Uint8Array
  keyId: Uint8Array
  /** What the app passed to `attestKey`. */
  clientDataHash: Uint8Array
}

/**
 * Verifies an attestation object of App Attest at `now`, by the steps that Apple documents in "Validating apps that connect
 * to your server". The caller makes sure that the challenge is its own and was not used before.
 */
export function verifyAttestation(
  { attestation, keyId, clientDataHash }: AttestationInput,
  policy: AppAttestPolicy,
  roots: readonly X509Certificate[],
  now: number,
): Verdict<AttestedKey> {
  const object = parseAttestation(attestation)
  const data = object && parseAttestationData(object.authData)
  if (!object || !data) return { issue: 'malformed' }
  // Step 1.
  const chain = verifyChain(object.x5c, roots, now)
  if (!chain.facts) return chain
  const certificate = chain.facts
  // Steps 2 to 4.
  const nonce = sha256(object.authData, clientDataHash)
  if (!findExtension(certificate, NONCE_OID)?.equals(wrapped(1, nonce))) return { issue: 'nonce' }
  const accessControl = findExtension(certificate, ACCESS_CONTROL_OID)
  if (accessControl && !ACCESS_CONTROLS.some((value) => value.equals(accessControl))) {
    return { issue: 'access_control' }
  }
  // Steps 5 and 9. The key in the data must be that of the certificate, too.
  const { kty, crv, x = '', y = '' } = certificate.publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  const isOwnKey = point.subarray(1).equals(Buffer.concat([data.x, data.y]))
  const ownId = sha256(point)
  const isNamed = [keyId, data.credentialId].every((id) => ownId.equals(id))
  if (kty !== 'EC' || crv !== 'P-256' || !isOwnKey || !isNamed) return { issue: 'key_id' }
  // Step 6.
  const appId = findAppId(data, policy)
  if (appId === undefined) return { issue: 'app_id' }
  // Step 7.
  if (data.counter !== 0) return { issue: 'counter' }
  // Step 8.
  const isDevelopment = DEVELOPMENT.equals(data.aaguid)
  if (!PRODUCTION.equals(data.aaguid) && !(isDevelopment && policy.allowsDevelopment)) return { issue: 'environment' }
  // Step 10.
  if (!isDistributedAs(data, policy)) return { issue: 'distribution' }
  return {
    facts: {
      keyId: ownId,
      publicKey: certificate.publicKey.export({ format: 'der', type: 'spki' }),
      appId,
      isDevelopment,
      ...(data.bundleVersion !== undefined && { bundleVersion: data.bundleVersion }),
    },
  }
}

interface AssertionInput {
  /** The assertion object (CBOR), of a bounded length. */
  assertion: Uint8Array
  /** What the app passed to `generateAssertion`. */
  clientDataHash: Uint8Array
  /** That of the attested key, as SPKI (DER). */
  publicKey: Uint8Array
  /** The counter of the last assertion, or 0. */
  counter: number
}

/**
 * Verifies an assertion of an attested key, by the steps that Apple documents. Returns its counter, which the caller must
 * store only if it is still the highest.
 */
export function verifyAssertion(
  { assertion, clientDataHash, publicKey, counter }: AssertionInput,
  policy: AppAttestPolicy,
): Verdict<{ counter: number; bundleVersion?: string }> {
  const members = membersOf(decodeCbor(assertion))
  const [signature, bytes] = [bytesOf(members?.['signature']), bytesOf(members?.['authenticatorData'])]
  const data = bytes && parseAssertionData(bytes)
  if (!signature || !bytes || !data) return { issue: 'malformed' }
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  if (!verify('sha256', sha256(bytes, clientDataHash), key, signature)) return { issue: 'signature' }
  if (findAppId(data, policy) === undefined) return { issue: 'app_id' }
  if (data.counter <= counter) return { issue: 'counter' }
  if (!isDistributedAs(data, policy)) return { issue: 'distribution' }
  return {
    facts: {
      counter: data.counter,
      ...(data.bundleVersion !== undefined && { bundleVersion: data.bundleVersion }),
    },
  }
}

function parseAttestation(bytes: Uint8Array): { x5c: readonly [Uint8Array, Uint8Array]; authData: Uint8Array } | null {
  const object = membersOf(decodeCbor(bytes))
  const statement = membersOf(object?.['attStmt'])
  const certificates = statement?.['x5c']
  const authData = bytesOf(object?.['authData'])
  if (object?.['fmt'] !== 'apple-appattest' || !authData || !bytesOf(statement?.['receipt'])) return null
  if (!Array.isArray(certificates) || certificates.length !== 2) return null
  const [leaf, intermediate] = certificates.map(bytesOf)
  return leaf && intermediate ? { x5c: [leaf, intermediate], authData } : null
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer')

const findAppId = ({ rpIdHash }: AuthenticatorData, { appIds }: AppAttestPolicy): string | undefined =>
  appIds.find((appId) => sha256(Buffer.from(appId)).equals(rpIdHash))

/** Devices before iOS 27 do not report how the app was distributed. */
function isDistributedAs(
  { validationCategory }: AuthenticatorData,
  { distributions, allowsDevelopment }: AppAttestPolicy,
): boolean {
  const allowed = [...distributions, ...(allowsDevelopment ? (['development'] as const) : [])]
  return validationCategory === undefined || allowed.some((name) => DISTRIBUTIONS[name] === validationCategory)
}
