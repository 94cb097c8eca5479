import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair } from 'jose'
import * as z from 'zod'
import { newSecret } from '../lib/hashing/secrets.ts'

const jwk = z.looseObject({ kid: z.string() })
const signingKeys = z.object({ keys: z.array(jwk).min(1) })
const secrets = z.object({
  ADMIN_TOKEN: z.string(),
  SIGNING_KEYS: signingKeys,
  SEAL_KEY: z.string(),
})
export type Secrets = z.output<typeof secrets>

/** Fresh secrets of a deployment: an admin token, one signing key, a seal key. */
export async function makeSecrets(): Promise<Secrets> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'EdDSA', use: 'sig' }
  return { ADMIN_TOKEN: newSecret(), SIGNING_KEYS: { keys: [key] }, SEAL_KEY: newSecret() }
}

/** The secrets that were kept in a folder; null where none were. Throws when their file is damaged. */
export async function readSecrets(folder: string): Promise<Secrets | null> {
  const text = await readFile(`${folder}/secrets.json`, 'utf8').catch(() => null)
  return text === null ? null : secrets.parse(JSON.parse(text))
}

/** Keeps secrets in a file that only its owner may read. */
export async function writeSecrets(folder: string, made: Secrets): Promise<void> {
  const file = `${folder}/secrets.json`
  // Written aside and moved, so that a crash leaves either all of it or nothing.
  await writeFile(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

/**
 * Secrets as the functions' environment has them. Those that a person has `set` go before those that were made; the
 * public halves of the signing keys come with them.
 */
export function secretSettings(made: Secrets, set: NodeJS.ProcessEnv = {}): Record<string, string> {
  const SIGNING_KEYS = set['SIGNING_KEYS'] || JSON.stringify(made.SIGNING_KEYS)
  return {
    ADMIN_TOKEN: set['ADMIN_TOKEN'] || made.ADMIN_TOKEN,
    SIGNING_KEYS,
    VERIFICATION_KEYS: set['VERIFICATION_KEYS'] || publicHalves(SIGNING_KEYS),
    SEAL_KEY: set['SEAL_KEY'] || made.SEAL_KEY,
  }
}

/** What is no key set gives none: whoever checks the settings says so. */
function publicHalves(keySet: string): string {
  try {
    const { keys } = signingKeys.parse(JSON.parse(keySet))
    return JSON.stringify({ keys: keys.map(({ d: _private, ...open }) => open) })
  } catch {
    return keySet
  }
}
