import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair } from 'jose'
import * as z from 'zod'
import { newSecret } from '../lib/hashing/secrets.ts'

const jwk = z.looseObject({ kid: z.string() })
const secrets = z.object({
  ADMIN_TOKEN: z.string(),
  SIGNING_KEYS: z.object({ keys: z.array(jwk).min(1) }),
  SEAL_KEY: z.string(),
})
type Secrets = z.output<typeof secrets>

/** Fresh secrets of a deployment: an admin token, one signing key, a seal key. */
export async function makeSecrets(): Promise<Secrets> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'EdDSA', use: 'sig' }
  return { ADMIN_TOKEN: newSecret(), SIGNING_KEYS: { keys: [key] }, SEAL_KEY: newSecret() }
}

/** The secrets kept in a file only its owner may read; made at the first start, and kept from then on. */
export async function keptSecrets(folder: string): Promise<Secrets> {
  const file = `${folder}/secrets.json`
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text !== null) return secrets.parse(JSON.parse(text))
  const made = await makeSecrets()
  await mkdir(folder, { recursive: true })
  // Written aside and moved, so that a crash leaves either all of it or nothing.
  await writeFile(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return made
}

/** Secrets as the functions' environment has them; the public halves of the signing keys come with them. */
export function secretSettings({ ADMIN_TOKEN, SIGNING_KEYS, SEAL_KEY }: Secrets): Record<string, string> {
  const keys = SIGNING_KEYS.keys.map(({ d: _private, ...open }) => open)
  return {
    ADMIN_TOKEN,
    SIGNING_KEYS: JSON.stringify(SIGNING_KEYS),
    VERIFICATION_KEYS: JSON.stringify({ keys }),
    SEAL_KEY,
  }
}
