import { createPublicKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto'
import { encode } from 'cborg'
import { type Issuer, issueAs, makeRoot } from './certificates.ts'

const DAY_MS = 86_400_000
const NONCE_OID = '1.2.840.113635.100.8.2'
const PRODUCTION = 'appattest\0\0\0\0\0\0\0'

/** A fake of Apple's certificate authority for App Attest. */
export interface AppleAuthority {
  root: Issuer
  intermediate: Issuer
}

export const newKey = (namedCurve = 'P-256'): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey

/** Makes an authority from the private key of its root, which signs a new intermediate. */
export function makeAppleAuthority(rootKey: KeyObject, now: number): AppleAuthority {
  const root = makeRoot('Fake App Attestation Root CA', rootKey, now - DAY_MS, now + 3_650 * DAY_MS)
  const privateKey = newKey()
  const certificate = issueAs(root, {
    name: 'Fake App Attestation CA 1',
    publicKey: createPublicKey(privateKey),
    isAuthority: true,
    validFrom: now - DAY_MS,
    validTo: now + 365 * DAY_MS,
  })
  return { root, intermediate: { certificate, privateKey } }
}

const publicHalf = (key: KeyObject): KeyObject => (key.type === 'public' ? key : createPublicKey(key))

/** Coordinates of a P-256 key, or of its public half, in 32 bytes each. */
function coordinates(key: KeyObject): [x: Buffer, y: Buffer] {
  const { x = '', y = '' } = publicHalf(key).export({ format: 'jwk' })
  return [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer')

/** The id that a device gives to a key: SHA-256 of its uncompressed point. */
export const appAttestKeyId = (key: KeyObject): Buffer => sha256(Buffer.from([4]), ...coordinates(key))

export interface DeviceData {
  appId: string
  counter: number
  /** Members that devices add from iOS 27 on. */
  extensions?: Readonly<Record<string, unknown>>
}

/** The authenticator data of a credential, if there is one, or of an assertion. */
export function authenticatorData(
  { appId, counter, extensions }: DeviceData,
  credential?: { key: KeyObject; aaguid?: string; credentialId?: Uint8Array },
): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  const header = [sha256(Buffer.from(appId)), Buffer.from([credential ? 0x40 : 0]), count]
  const tail = extensions ? [encode(extensions)] : []
  if (!credential) return Buffer.concat([...header, ...tail])
  const { key, aaguid = PRODUCTION, credentialId = appAttestKeyId(key) } = credential
  const [x, y] = coordinates(key)
  const cose = new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, x],
    [-3, y],
  ])
  const length = Buffer.from([credentialId.length >> 8, credentialId.length & 0xff])
  return Buffer.concat([...header, Buffer.from(aaguid), length, credentialId, encode(cose), ...tail])
}

/** The extension that binds a certificate to authenticator data and a challenge. */
export const nonceExtension = (authData: Uint8Array, clientDataHash: Uint8Array): Record<string, Uint8Array> => ({
  [NONCE_OID]: Buffer.concat([Buffer.from('3024a1220420', 'hex'), sha256(authData, clientDataHash)]),
})

/** The certificate of a device's key, valid for three days as Apple's. */
export const certifyKey = (
  { intermediate }: AppleAuthority,
  key: KeyObject,
  extensions: Readonly<Record<string, Uint8Array>>,
  now: number,
): Buffer =>
  issueAs(intermediate, {
    name: appAttestKeyId(key).toString('hex'),
    publicKey: publicHalf(key),
    isAuthority: false,
    validFrom: now - DAY_MS,
    validTo: now + 2 * DAY_MS,
    extensions,
  })

/** An attestation object, as `attestKey` returns it. */
export const attestationObject = (x5c: readonly Uint8Array[], authData: Uint8Array): Buffer =>
  Buffer.from(encode({ fmt: 'apple-appattest', attStmt: { x5c, receipt: Buffer.from('receipt') }, authData }))

/** Attests the key of a device for an app, as Apple does after `attestKey`. */
export function attestKey(
  authority: AppleAuthority,
  {
    key,
    appId,
    clientDataHash,
    aaguid,
  }: { key: KeyObject; appId: string; clientDataHash: Uint8Array; aaguid?: string },
  now: number,
): Buffer {
  const authData = authenticatorData({ appId, counter: 0 }, { key, ...(aaguid !== undefined && { aaguid }) })
  const certificate = certifyKey(authority, key, nonceExtension(authData, clientDataHash), now)
  return attestationObject([certificate, authority.intermediate.certificate], authData)
}

/** Signs an assertion with the key of a device, as `generateAssertion` does. */
export function generateAssertion(key: KeyObject, data: DeviceData, clientDataHash: Uint8Array): Buffer {
  const authenticator = authenticatorData(data)
  const signature = sign('sha256', sha256(authenticator, clientDataHash), key)
  return Buffer.from(encode({ signature, authenticatorData: authenticator }))
}
