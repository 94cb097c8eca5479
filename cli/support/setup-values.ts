import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { ConfigError } from '../../lib/config/config-error.ts'
import { SECRET_NAMES, SETTING_NAMES, type SecretName, validateSetting } from '../../lib/config/settings-table.ts'
import { secretDigest } from '../../lib/crypto/secrets.ts'
import { CommandError } from './error-message.ts'

export type SetupValues = Map<SecretName, string>

/** The secrets in a file of the .env format, all of them valid, and what is to be said about the rest of it. */
export async function parseSecretsFile(file: string): Promise<{ given: SetupValues; notes: string[] }> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new CommandError(`The file ${file} cannot be read (${code}).`)
  })
  const values = new Map(Object.entries(parseEnv(text.replace(/^\ufeff/, ''))).filter(([, value]) => value !== ''))
  const given: SetupValues = new Map()
  const faults: string[] = []
  for (const name of SECRET_NAMES) {
    const value = values.get(name)
    if (value === undefined) continue
    const fault = validateSetting(name, value)
    if (fault !== null) faults.push(`${name} ${fault}`)
    given.set(name, value)
  }
  if (faults.length > 0) throw new CommandError(`${new ConfigError(faults).message} Nothing was written.`)
  return { given, notes: notesAbout([...values.keys()].filter((name) => !SECRET_NAMES.some((each) => each === name))) }
}

/** Names that are no settings are counted, not told: a key that was pasted over several lines looks like some. */
function notesAbout(others: readonly string[]): string[] {
  const plain = others.filter((name) => SETTING_NAMES.some((each) => each === name))
  const unknown = others.length - plain.length
  return [
    ...(plain.length > 0 ? [`No secrets, to be set when deploying: ${plain.join(', ')}.`] : []),
    ...(unknown > 0 ? [`Left aside, since they are no settings of Latchkey: ${unknown} names of the file.`] : []),
  ]
}

/** A value as a stage keeps it: the admin token as its digest, a key itself where its file was named. */
export async function toStoredValue(name: SecretName, value: string): Promise<string> {
  if (name === 'ADMIN_TOKEN') return value.startsWith('sha256:') ? value : secretDigest(value)
  if (name === 'HLSERVER_PARTNER_KEY' && !value.includes('-----BEGIN')) return readFile(value, 'utf8')
  return value
}
