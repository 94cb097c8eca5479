import { CompactEncrypt, compactDecrypt } from 'jose'

/** Seals a text for keeping: compact JWE (RFC 7516), AES-256-GCM directly under the 32-byte key. */
export const encrypt = (text: string, key: Uint8Array): Promise<string> =>
  new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key)

/** Opens what `encrypt` made; throws when the key is another or the text was changed. */
export async function decrypt(sealed: string, key: Uint8Array): Promise<string> {
  const { plaintext } = await compactDecrypt(sealed, key, {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  })
  return new TextDecoder().decode(plaintext)
}
