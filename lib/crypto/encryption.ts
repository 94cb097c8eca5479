import { hash } from 'node:crypto'
import { CompactEncrypt, compactDecrypt } from 'jose'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'

const ID_CHARACTERS = 12

/**
 * The id of a key: the start of its JWK thumbprint (RFC 7638), which does not reveal a random key. In hexadecimal, because
 * base64url can start with a hyphen, and the command line would read an option.
 */
export const keyId = (key: Uint8Array): string =>
  hash('sha256', JSON.stringify({ k: Buffer.from(key).toString('base64url'), kty: 'oct' }), 'hex').slice(
    0,
    ID_CHARACTERS,
  )

/**
 * Encrypts a text or bytes for storage: compact JWE (RFC 7516), AES-256-GCM with the 32-byte key, whose id is in the
 * header.
 */
export const encrypt = (content: string | Uint8Array, key: Uint8Array, header: Readonly<Record<string, string>> = {}) =>
  new CompactEncrypt(typeof content === 'string' ? new TextEncoder().encode(content) : content)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: keyId(key), ...header })
    .encrypt(key)

/** The length of an encrypted text in bytes, which is known without the key: AES-GCM adds no padding. */
export const encryptedBytes = (encrypted: string): number =>
  Buffer.from(encrypted.split('.')[3] ?? '', 'base64url').length

const protectedHeader = z.record(z.string(), z.unknown())

/** The header of an encrypted text, which is empty for other texts. It is authentic only if the text was decrypted. */
export function readHeader(encrypted: string): Readonly<Record<string, unknown>> {
  const json = Buffer.from(encrypted.split('.')[0] ?? '', 'base64url').toString()
  return protectedHeader.safeParse(parseJsonOrUndefined(json)).data ?? {}
}

/**
 * Decrypts the result of `encrypt`, and returns the id of its key. Earlier versions wrote no id: all keys are tried.
 * Throws if none of the keys has encrypted the text, or it was changed.
 */
export async function decrypt(
  encrypted: string,
  keys: readonly Uint8Array[],
): Promise<{ bytes: Uint8Array; text: string; keyId: string }> {
  const { kid } = readHeader(encrypted)
  const candidates = kid === undefined ? keys : keys.filter((key) => keyId(key) === kid)
  return Promise.any(
    candidates.map(async (key) => {
      const { plaintext } = await compactDecrypt(encrypted, key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      return { bytes: plaintext, text: new TextDecoder().decode(plaintext), keyId: keyId(key) }
    }),
  )
}
