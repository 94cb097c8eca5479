import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { CompactEncrypt, SignJWT } from 'jose'

/** A fake of Google Play's keys for one app. */
export interface PlayAuthority {
  decryptionKey: Buffer
  signingKey: KeyObject
  verificationKey: KeyObject
}

export function makePlayAuthority(): PlayAuthority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { decryptionKey: randomBytes(32), signingKey: privateKey, verificationKey: publicKey }
}

/** The keys as the Play Console shows them: the value of an app in PLAY_INTEGRITY_KEYS. */
export const consoleKeys = ({ decryptionKey, verificationKey }: PlayAuthority) => ({
  decryption_key: decryptionKey.toString('base64'),
  verification_key: verificationKey.export({ format: 'der', type: 'spki' }).toString('base64'),
})

export interface IntegrityRequest {
  packageName: string
  nonce: Uint8Array
  /** SHA-256 of the certificate that signed the app. */
  certificateDigest: Uint8Array
}

/** The verdicts of a genuine app on a genuine device. */
export const genuineVerdicts = ({ packageName, nonce, certificateDigest }: IntegrityRequest, now: number) => ({
  requestDetails: {
    requestPackageName: packageName,
    nonce: Buffer.from(nonce).toString('base64url'),
    timestampMillis: String(now),
  },
  appIntegrity: {
    appRecognitionVerdict: 'PLAY_RECOGNIZED',
    packageName,
    certificateSha256Digest: [Buffer.from(certificateDigest).toString('base64url')],
    versionCode: '42',
  },
  deviceIntegrity: { deviceRecognitionVerdict: ['MEETS_BASIC_INTEGRITY', 'MEETS_DEVICE_INTEGRITY'] },
  accountDetails: { appLicensingVerdict: 'LICENSED' },
})

/** A token of a classic request: signed verdicts that are encrypted. */
export async function integrityToken(
  { decryptionKey, signingKey }: Pick<PlayAuthority, 'decryptionKey' | 'signingKey'>,
  verdicts: Record<string, unknown>,
): Promise<string> {
  const signed = await new SignJWT(verdicts).setProtectedHeader({ alg: 'ES256' }).sign(signingKey)
  return new CompactEncrypt(new TextEncoder().encode(signed))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM' })
    .encrypt(decryptionKey)
}
