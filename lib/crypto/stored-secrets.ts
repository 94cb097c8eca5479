import { getSettings } from '../config/settings.ts'
import { log } from '../observability/log.ts'
import { countMetric, type StoredSecret } from '../observability/metrics.ts'
import { decrypt, encrypt } from './encryption.ts'

/** Encrypts a text with SEAL_KEY, for storage in a table. */
export async function encryptSecret(text: string): Promise<string> {
  const { SEAL_KEY } = await getSettings('SEAL_KEY')
  return encrypt(text, SEAL_KEY)
}

/** Authentication tags of values that this container has reported: the last 22 characters of a compact JWE. */
const reported = new Set<string>()
const TAG_CHARACTERS = 22
const MAX_REPORTED = 10_000

/**
 * Decrypts a stored value with SEAL_KEY. Returns null if another key encrypted it or it was changed. The failure is
 * logged (`decryption_failed`) and counted (`DecryptionFailed`) once per value and container, so that polling does not
 * flood the log.
 */
export async function tryDecrypt(
  kind: StoredSecret,
  encrypted: string,
  details: { client_id?: string } = {},
): Promise<string | null> {
  const { SEAL_KEY } = await getSettings('SEAL_KEY')
  try {
    return await decrypt(encrypted, SEAL_KEY)
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
