import { createPublicKey } from 'node:crypto'
import * as z from 'zod/mini'
import { settingsMissing } from '../config/config-error.ts'
import { getSettings } from '../config/settings.ts'
import { parseJsonOrUndefined } from '../core/json.ts'
import { Problem } from '../core/problem.ts'
import { parsedString } from '../core/zod-helpers.ts'
import type { PlayKeys } from './play-integrity.ts'

const appKeys = z.pipe(
  z.object({
    decryption_key: parsedString((text) => {
      const key = Buffer.from(text, 'base64')
      return key.length === 32 ? key : undefined
    }, 'decryption_key must be 32 bytes in base64'),
    verification_key: parsedString((text) => {
      const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
      return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined
    }, 'verification_key must be a public key on P-256 in base64'),
  }),
  z.transform(
    ({ decryption_key, verification_key }): PlayKeys => ({
      decryptionKey: decryption_key,
      verificationKey: verification_key,
    }),
  ),
)
const keysByPackage = z.record(z.string(), appKeys)

/** Returns what is wrong with PLAY_INTEGRITY_KEYS, without quoting it, or null. */
export function findPlayKeysFault(text: string): string | null {
  const { error } = keysByPackage.safeParse(parseJsonOrUndefined(text))
  if (!error) return null
  const { message = '', code } = error.issues[0] ?? {}
  return code === 'custom' ? `is invalid: ${message}` : SHAPE
}
const SHAPE = 'must be JSON: {"<package>": {"decryption_key": "…", "verification_key": "…"}}'

/**
 * Returns the keys of a package: those of PLAY_INTEGRITY_KEYS or, on a developer's machine, those of the fake of `npm
 * start`. Throws `provider_not_configured`.
 */
export async function findPlayKeys(packageName: string): Promise<PlayKeys> {
  const { PLAY_INTEGRITY_KEYS, STAGE } = await getSettings('PLAY_INTEGRITY_KEYS', 'STAGE')
  const { data } = keysByPackage.safeParse(parseJsonOrUndefined(PLAY_INTEGRITY_KEYS ?? '{}'))
  const keys = data && Object.hasOwn(data, packageName) ? data[packageName] : undefined
  if (keys) return keys
  // Keys that are invalid are a mistake, which the fake must not hide.
  const isFake = STAGE === 'local' && data !== undefined
  const fake = isFake ? appKeys.safeParse(parseJsonOrUndefined(process.env['FAKE_PLAY_KEYS'] ?? '')) : null
  if (fake?.data) return fake.data
  throw PLAY_INTEGRITY_KEYS === undefined ? settingsMissing('PLAY_INTEGRITY_KEYS') : keysMissing()
}

const keysMissing = () =>
  new Problem(
    'provider_not_configured',
    'PLAY_INTEGRITY_KEYS has no valid keys for the package of the client. The operator must set them.',
  )
