import type * as z from 'zod/mini'
import { ConfigError } from './config-error.ts'
import { isSecret, SETTINGS, type SettingName } from './settings-table.ts'
import { readParameters } from './ssm.ts'

const SECRET_TTL_MS = 5 * 60_000
/** How long to wait after a failed read before Parameter Store is read again. */
const RETRY_MS = 30_000

export type Settings<Name extends SettingName> = {
  [N in Name]: z.output<ReturnType<(typeof SETTINGS)[N]['schema']>>
}

const cache = new Map<SettingName, { text?: string; value: unknown; expiresAt: number }>()

/**
 * Returns the named settings, validated. Secrets are cached for five minutes, so that a rotation needs no deployment;
 * other settings are cached permanently. Throws one `ConfigError` that names every missing or invalid setting.
 */
export async function getSettings<const Name extends SettingName>(...names: Name[]): Promise<Settings<Name>> {
  const now = Date.now()
  const expired = names.filter((name) => (cache.get(name)?.expiresAt ?? 0) <= now)
  if (expired.length > 0) await loadSettings(expired, now).catch((error: unknown) => extendCached(expired, now, error))
  // Each value was parsed by the schema of its name, which no type can express here.
  return Object.fromEntries(names.map((name) => [name, cache.get(name)?.value])) as Settings<Name>
}

/** While Parameter Store does not respond, cached secrets stay valid. */
function extendCached(expired: readonly SettingName[], now: number, error: unknown): void {
  const cached = expired.map((name) => [name, cache.get(name)] as const)
  if (error instanceof ConfigError || cached.some(([, entry]) => entry === undefined)) throw error
  for (const [name, entry] of cached) cache.set(name, { value: undefined, ...entry, expiresAt: now + RETRY_MS })
}

/** Makes the next read see a changed environment; for the local run and tests. */
export const clearSettingsCache = (): void => cache.clear()

async function loadSettings(names: readonly SettingName[], now: number): Promise<void> {
  const parameters = await readParameters(names.filter((name) => isSecret(name) && !process.env[name]))
  const issues: string[] = []
  for (const name of names) {
    // A deployment passes an unset setting as an empty string.
    const text = process.env[name] || parameters.get(name)
    const expiresAt = isSecret(name) ? now + SECRET_TTL_MS : Infinity
    const cached = cache.get(name)
    // The same object, because imported keys are cached by it.
    if (cached && text !== undefined && cached.text === text) {
      cached.expiresAt = expiresAt
      continue
    }
    const parsed = SETTINGS[name].schema().safeParse(text)
    if (parsed.success) cache.set(name, { ...(text !== undefined && { text }), value: parsed.data, expiresAt })
    else issues.push(`${name} ${text === undefined ? 'is missing' : (parsed.error.issues[0]?.message ?? 'is invalid')}`)
  }
  if (issues.length > 0) throw new ConfigError(issues)
}
