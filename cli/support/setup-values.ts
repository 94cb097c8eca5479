import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { ConfigError } from '../../lib/config/config-error.ts'
import { SECRET_NAMES, SETTING_NAMES, SETTINGS } from '../../lib/config/settings-table.ts'
import { MIN_SALT_CHARACTERS } from '../../lib/crypto/checksums.ts'
import { secretDigest } from '../../lib/crypto/secrets.ts'
import { CommandError } from './error-message.ts'
import { listed } from './text.ts'

/** Values by the names of parameters: secrets of the settings table, and of webhooks.yml. */
export type SetupValues = Map<string, string>

/** What a parameter of a stage accepts: the fault of a text as a phrase, or null. */
export type FindFault = (name: string, text: string) => string | null

/**
 * The valid secrets in a file of the .env format, and notes about its other names. Throws if a secret is invalid, or has a
 * name of webhooks that webhooks.yml does not need.
 */
export async function parseSecretsFile(
  file: string,
  webhookNames: readonly string[],
  findFault: FindFault,
): Promise<{ secrets: SetupValues; notes: string[] }> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new CommandError(`The file ${file} cannot be read (${code}).`)
  })
  const values = new Map(Object.entries(parseEnv(text.replace(/^\ufeff/, ''))).filter(([, value]) => value !== ''))
  const secrets: SetupValues = new Map()
  const faults: string[] = []
  const names: readonly string[] = [...SECRET_NAMES, ...webhookNames]
  for (const name of names) {
    const value = values.get(name)
    if (value === undefined) continue
    const fault = findFault(name, value)
    if (fault !== null) faults.push(`${name} ${fault}`)
    secrets.set(name, value)
  }
  const otherNames = [...values.keys()].filter((name) => !names.includes(name))
  const unknown = otherNames.filter((name) => name.startsWith('WEBHOOK_'))
  const needed = webhookNames.length === 0 ? 'none' : listed(webhookNames)
  faults.push(...unknown.map((name) => `${name} is not a secret of webhooks.yml, which needs ${needed}`))
  if (faults.length > 0) throw new CommandError(`${new ConfigError(faults).message} Nothing was written.`)
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
export async function toStoredValue(name: string, value: string): Promise<string> {
  if (name === 'ADMIN_TOKEN') return value.startsWith('sha256:') ? value : secretDigest(value)
  if (name === 'HLSERVER_PARTNER_KEY' && !value.includes('-----BEGIN')) return readFile(value, 'utf8')
  return value
}
