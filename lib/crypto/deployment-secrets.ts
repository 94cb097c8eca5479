import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import * as z from 'zod/mini'
import { randomSecret } from './secrets.ts'

const keySet = z.object({ keys: z.array(z.looseObject({ kid: z.string() })).check(z.minLength(1)) })

export const deploymentSecrets = z.object({
  ADMIN_TOKEN: z.string(),
  SIGNING_KEYS: keySet,
  SEAL_KEY: z.string(),
})
export type DeploymentSecrets = z.output<typeof deploymentSecrets>

/** A new private key, which signs as soon as a function reads it. */
export async function makeSigningKey() {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'EdDSA', use: 'sig' }
}

/** New secrets of a deployment: an admin token, one signing key and an encryption key. */
export const makeSecrets = async (): Promise<DeploymentSecrets> => ({
  ADMIN_TOKEN: randomSecret(),
  SIGNING_KEYS: { keys: [await makeSigningKey()] },
  SEAL_KEY: randomSecret(),
})

/**
 * Secrets as environment variables of the functions, with the public halves of the signing keys. Values in `environment`
 * take precedence.
 */
export function secretSettings(
  secrets: DeploymentSecrets,
  environment: NodeJS.ProcessEnv = {},
): Record<string, string> {
  const SIGNING_KEYS = environment['SIGNING_KEYS'] || JSON.stringify(secrets.SIGNING_KEYS)
  return {
    ADMIN_TOKEN: environment['ADMIN_TOKEN'] || secrets.ADMIN_TOKEN,
    SIGNING_KEYS,
    VERIFICATION_KEYS: environment['VERIFICATION_KEYS'] || publicHalves(SIGNING_KEYS),
    SEAL_KEY: environment['SEAL_KEY'] || secrets.SEAL_KEY,
  }
}

/** The public halves of a private key set. Invalid text is returned as it is: the check of the settings reports it. */
export function publicHalves(privateKeySet: string): string {
  try {
    const { keys } = keySet.parse(JSON.parse(privateKeySet))
    return JSON.stringify({ keys: keys.map(({ d: _private, signs_from: _when, ...publicHalf }) => publicHalf) })
  } catch {
    return privateKeySet
  }
}
