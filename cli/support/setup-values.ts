import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { ConfigError } from '../../lib/config/config-error.ts'
import {
  SECRET_NAMES,
  SETTING_NAMES,
  SETTINGS,
  type SecretName,
  validateSetting,
} from '../../lib/config/settings-table.ts'
import { MIN_SALT_CHARACTERS } from '../../lib/crypto/checksums.ts'
import { secretDigest } from '../../lib/crypto/secrets.ts'
import { CommandError } from './error-message.ts'

export type SetupValues = Map<SecretName, string>

/** The valid secrets in a file of the .env format, and notes about its other names. Throws if a secret is invalid. */
export async function parseSecretsFile(file: string): Promise<{ secrets: SetupValues; notes: string[] }> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new CommandError(`The file ${file} cannot be read (${code}).`)
  })
  const values = new Map(Object.entries(parseEnv(text.replace(/^\ufeff/, ''))).filter(([, value]) => value !== ''))
  const secrets: SetupValues = new Map()
  const faults: string[] = []
  for (const name of SECRET_NAMES) {
    const value = values.get(name)
    if (value === undefined) continue
    const fault = validateSetting(name, value)
    if (fault !== null) faults.push(`${name} ${fault}`)
    secrets.set(name, value)
  }
  if (faults.length > 0) throw new CommandError(`${new ConfigError(faults).message} Nothing was written.`)
  const otherNames = [...values.keys()].filter((name) => !SECRET_NAMES.some((secret) => secret === name))
  return { secrets, notes: noteOtherNames(otherNames) }
}

/** Unknown names are counted, not printed: a key that was pasted over several lines looks like names. */
function noteOtherNames(names: readonly string[]): string[] {
  const settings = names.filter((name) => SETTING_NAMES.some((setting) => setting === name))
  const unknown = names.length - settings.length
  return [
    ...(settings.length > 0 ? [`These are not secrets; set them when you deploy: ${settings.join(', ')}.`] : []),
    ...(unknown > 0 ? [`Skipped, because they are not settings of Latchkey: ${unknown} names in the file.`] : []),
  ]
}

/** A note about short salts. They are accepted, because the devices of a co2logserver have them. */
export function noteShortSalts(text: string | undefined): string[] {
  const salts = SETTINGS.CHECKSUM_SALTS.schema().parse(text)
  if (salts.every((salt) => salt.length >= MIN_SALT_CHARACTERS)) return []
  return [
    `CHECKSUM_SALTS contains a salt of fewer than ${MIN_SALT_CHARACTERS} characters, which can be guessed: replace it.`,
  ]
}

/** The stored form of a value: the digest of the admin token, or the content of a key file. */
export async function toStoredValue(name: SecretName, value: string): Promise<string> {
  if (name === 'ADMIN_TOKEN') return value.startsWith('sha256:') ? value : secretDigest(value)
  if (name === 'HLSERVER_PARTNER_KEY' && !value.includes('-----BEGIN')) return readFile(value, 'utf8')
  return value
}
