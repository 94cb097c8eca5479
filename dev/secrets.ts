import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair } from 'jose'
import * as z from 'zod'
import { randomSecret } from '../lib/crypto/secrets.ts'

const jwk = z.looseObject({ kid: z.string() })
const signingKeys = z.object({ keys: z.array(jwk).min(1) })
const secrets = z.object({
  ADMIN_TOKEN: z.string(),
  SIGNING_KEYS: signingKeys,
  SEAL_KEY: z.string(),
})
export type Secrets = z.output<typeof secrets>

/** A new private key, which signs as soon as it is read. */
export async function makeSigningKey() {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'EdDSA', use: 'sig' }
}

/** Fresh secrets of a deployment: an admin token, one signing key, a seal key. */
export const makeSecrets = async (): Promise<Secrets> => ({
  ADMIN_TOKEN: randomSecret(),
  SIGNING_KEYS: { keys: [await makeSigningKey()] },
  SEAL_KEY: randomSecret(),
})

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

/** As `writeSecrets`, where there are none yet; false when there are some, which then stay. */
export async function writeFirstSecrets(folder: string, made: Secrets): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const own = `${folder}/secrets-${randomUUID()}`
  await writeFile(own, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  try {
    await link(own, `${folder}/secrets.json`)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(own, { force: true })
  }
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

/** The public halves of a private key set. What is no key set gives none: whoever checks the settings says so. */
export function publicHalves(keySet: string): string {
  try {
    const { keys } = signingKeys.parse(JSON.parse(keySet))
    return JSON.stringify({ keys: keys.map(({ d: _private, signs_from: _when, ...open }) => open) })
  } catch {
    return keySet
  }
}
