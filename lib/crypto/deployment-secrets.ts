import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import * as z from 'zod/mini'
import { DEFAULT_ALGORITHM, type SigningAlgorithm } from '../core/signing-algorithms.ts'
import { randomSecret } from './secrets.ts'

const storedKey = z.looseObject({ kid: z.string() })
const keySet = z.object({ keys: z.array(storedKey).check(z.minLength(1)) })

export const deploymentSecrets = z.object({
  ADMIN_TOKEN: z.string(),
  SIGNING_KEYS: keySet,
  SEAL_KEY: z.string(),
  SEAL_KEYS: z.optional(z.string()),
})
export type DeploymentSecrets = z.output<typeof deploymentSecrets>

/** Two larger private keys do not fit into one parameter of Parameter Store. */
const RSA_BITS = 2_048

/** A new private key, which signs as soon as a function reads it. */
export async function makeSigningKey(alg: SigningAlgorithm) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: RSA_BITS })
  return { ...(await exportJWK(privateKey)), kid: randomUUID(), alg, use: 'sig' }
}

/** New secrets of a deployment: an admin token, one signing key and an encryption key. */
export const makeSecrets = async (alg: SigningAlgorithm = DEFAULT_ALGORITHM): Promise<DeploymentSecrets> => ({
  ADMIN_TOKEN: randomSecret(),
  SIGNING_KEYS: { keys: [await makeSigningKey(alg)] },
  SEAL_KEY: randomSecret(),
})

/**
 * Secrets as environment variables of the functions, with the public halves of all keys. Values in `environment` take
 * precedence.
 */
export function secretSettings(
  secrets: DeploymentSecrets,
  environment: NodeJS.ProcessEnv = {},
): Record<string, string> {
  const ownKeys = environment['SIGNING_KEYS']
  const { keys } = secrets.SIGNING_KEYS
  return {
    ADMIN_TOKEN: environment['ADMIN_TOKEN'] || secrets.ADMIN_TOKEN,
    SIGNING_KEYS: ownKeys || JSON.stringify({ keys: keys.filter(isPrivate) }),
    VERIFICATION_KEYS: environment['VERIFICATION_KEYS'] || publicHalves(ownKeys || JSON.stringify({ keys })),
    SEAL_KEY: environment['SEAL_KEY'] || secrets.SEAL_KEY,
    SEAL_KEYS: environment['SEAL_KEYS'] || secrets.SEAL_KEYS || '',
  }
}

/** Whether a key can sign. Keys that no longer sign are kept without their private half. */
export const isPrivate = (key: object): boolean => 'd' in key

/** The key without the members of its private half (RFC 7518 section 6). */
export const publicHalf = ({ d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...rest }: z.output<typeof storedKey>) =>
  rest

/** The public halves of a private key set. Invalid text is returned as it is: the check of the settings reports it. */
export function publicHalves(privateKeySet: string): string {
  try {
    const { keys } = keySet.parse(JSON.parse(privateKeySet))
    return JSON.stringify({ keys: keys.map(publicHalf) })
  } catch {
    return privateKeySet
  }
}
