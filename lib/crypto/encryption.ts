import { CompactEncrypt, compactDecrypt } from 'jose'

/** Encrypts a text for storage: compact JWE (RFC 7516), AES-256-GCM with the 32-byte key. */
export const encrypt = (text: string, key: Uint8Array): Promise<string> =>
  new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key)

/** The length of an encrypted text in bytes, which is known without the key: AES-GCM adds no padding. */
export const encryptedBytes = (encrypted: string): number =>
  Buffer.from(encrypted.split('.')[3] ?? '', 'base64url').length

/** Decrypts the result of `encrypt`; throws if the key differs or the text was changed. */
export async function decrypt(encrypted: string, key: Uint8Array): Promise<string> {
  const { plaintext } = await compactDecrypt(encrypted, key, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  })
  return new TextDecoder().decode(plaintext)
}
