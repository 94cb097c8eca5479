import { blake2b, blake2s } from '@noble/hashes/blake2.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { sha3_224, sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js'

/** One way to make a salted checksum: its name in the header, what each language calls it, and the hash itself. */
export interface Algorithm {
  name: string
  node: string
  /** Of mbedTLS, which the ESP32 has; null where it has none. */
  mbedtls: string | null
  hash(bytes: Uint8Array): Uint8Array
}

/**
 * The algorithms of the server, in the order in which the page offers them. The hashes are a library's, since browsers have
 * no MD5, no SHA-3 and no BLAKE2, and none at all for pages without TLS.
 */
export const ALGORITHMS: readonly Algorithm[] = [
  { name: 'SHA256', node: 'sha256', mbedtls: 'MBEDTLS_MD_SHA256', hash: sha256 },
  { name: 'MD5', node: 'md5', mbedtls: 'MBEDTLS_MD_MD5', hash: md5 },
  { name: 'SHA1', node: 'sha1', mbedtls: 'MBEDTLS_MD_SHA1', hash: sha1 },
  { name: 'SHA224', node: 'sha224', mbedtls: 'MBEDTLS_MD_SHA224', hash: sha224 },
  { name: 'SHA384', node: 'sha384', mbedtls: 'MBEDTLS_MD_SHA384', hash: sha384 },
  { name: 'SHA512', node: 'sha512', mbedtls: 'MBEDTLS_MD_SHA512', hash: sha512 },
  { name: 'SHA3_224', node: 'sha3-224', mbedtls: null, hash: sha3_224 },
  { name: 'SHA3_256', node: 'sha3-256', mbedtls: null, hash: sha3_256 },
  { name: 'SHA3_384', node: 'sha3-384', mbedtls: null, hash: sha3_384 },
  { name: 'SHA3_512', node: 'sha3-512', mbedtls: null, hash: sha3_512 },
  { name: 'BLAKE2b', node: 'blake2b512', mbedtls: null, hash: (bytes) => blake2b(bytes) },
  { name: 'BLAKE2s', node: 'blake2s256', mbedtls: null, hash: (bytes) => blake2s(bytes) },
]

export const headerOf = ({ name }: Algorithm): string => `Content-${name}-Salted`

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** The digest, in hexadecimal, of the body's bytes and then the salt's. */
export function computeSaltedChecksum({ hash }: Algorithm, body: Uint8Array, salt: string): string {
  const key = new TextEncoder().encode(salt)
  const signed = new Uint8Array(body.length + key.length)
  signed.set(body)
  signed.set(key, body.length)
  return hexOf(hash(signed))
}
