import { getSettings } from '../config/settings.ts'
import { log } from '../observability/log.ts'
import { countMetric, type StoredSecret } from '../observability/metrics.ts'
import { decrypt, encrypt } from './encryption.ts'

/** The keys that decrypt stored values, of which the first encrypts. */
export async function sealKeys(): Promise<readonly [Uint8Array, ...Uint8Array[]]> {
  const { SEAL_KEY, SEAL_KEYS } = await getSettings('SEAL_KEY', 'SEAL_KEYS')
  return SEAL_KEYS ?? [SEAL_KEY]
}

/** Encrypts a text or bytes with the first of the seal keys, for storage in a table. */
export async function encryptSecret(content: string | Uint8Array): Promise<string> {
  const [key] = await sealKeys()
  return encrypt(content, key)
}

/** Authentication tags of values that this container has reported: the last 22 characters of a compact JWE. */
const reported = new Set<string>()
const TAG_CHARACTERS = 22
const MAX_REPORTED = 10_000

/**
 * Decrypts a stored value with the seal keys. Returns null if another key encrypted it or it was changed. The failure is
 * logged (`decryption_failed`) and counted (`DecryptionFailed`) once per value and container, so that polling does not
 * flood the log.
 */
export const tryDecrypt = async (kind: StoredSecret, encrypted: string, details: { client_id?: string } = {}) =>
  (await decryptStored(kind, encrypted, details))?.text ?? null

/** As `tryDecrypt`, for a value that is not a text. */
export const tryDecryptBytes = async (kind: StoredSecret, encrypted: string): Promise<Uint8Array | null> =>
  (await decryptStored(kind, encrypted, {}))?.bytes ?? null

async function decryptStored(kind: StoredSecret, encrypted: string, details: { client_id?: string }) {
  const keys = await sealKeys()
  try {
    return await decrypt(encrypted, keys)
  } catch {
    const tag = encrypted.slice(-TAG_CHARACTERS)
    if (!reported.has(tag) && reported.size < MAX_REPORTED) {
      reported.add(tag)
      log('decryption_failed', { kind, ...details })
      countMetric('DecryptionFailed', { kind })
    }
    return null
  }
}
