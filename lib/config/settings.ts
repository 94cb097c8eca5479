import * as z from 'zod/mini'
import { ConfigError } from './config-error.ts'
import { splitSecrets, targetSecretName } from './secret-schemas.ts'
import { isSecret, isSettingName, SETTINGS, type SettingName } from './settings-table.ts'
import { readParameters } from './ssm.ts'

const SECRET_TTL_MS = 5 * 60_000
/** How long to wait after a failed read before Parameter Store is read again. */
const RETRY_MS = 30_000
/** Each wait is shorter by up to this share, so that containers that started together do not read together. */
const JITTER = 0.2
const withJitter = (ms: number): number => ms * (1 - JITTER * Math.random())

export type Settings<Name extends SettingName> = {
  [N in Name]: z.output<ReturnType<(typeof SETTINGS)[N]['schema']>>
}

/** The secrets of a provider in webhooks.yml, which the settings table cannot name. */
type WebhookSecretName = `WEBHOOK_${string}`
type CachedName = SettingName | WebhookSecretName

const cache = new Map<CachedName, { text?: string; value: unknown; expiresAt: number }>()

/**
 * Returns the named settings, validated. Secrets are cached for four to five minutes, so that a rotation needs no
 * deployment; other settings are cached permanently. Throws `storage_unavailable` while Parameter Store does not return
 * a secret that is not cached, and one `ConfigError` that names every missing or invalid setting.
 */
export async function getSettings<const Name extends SettingName>(...names: Name[]): Promise<Settings<Name>> {
  await refresh(names)
  // Each value was parsed by the schema of its name, which no type can express here.
  return Object.fromEntries(names.map((name) => [name, cache.get(name)?.value])) as Settings<Name>
}

/**
 * Returns the secrets under a name of webhooks.yml, all of which are valid, so that one can replace another. Empty if none
 * is set. They are cached as other secrets.
 */
export async function getWebhookSecrets(name: string): Promise<readonly string[]> {
  const cachedName = isSettingName(name) ? name : (`WEBHOOK_${name.replace(/^WEBHOOK_/, '')}` as const)
  await refresh([cachedName])
  const text = cache.get(cachedName)?.text
  return text ? splitSecrets(text) : []
}

/** As `getWebhookSecrets`: the secrets that sign what the target of a provider gets. */
export const getTargetSecrets = (provider: string): Promise<readonly string[]> =>
  getWebhookSecrets(targetSecretName(provider))

async function refresh(names: readonly CachedName[]): Promise<void> {
  const now = Date.now()
  const expired = names.filter((name) => (cache.get(name)?.expiresAt ?? 0) <= now)
  if (expired.length > 0) await loadSettings(expired, now).catch((error: unknown) => extendCached(expired, now, error))
}

/** While Parameter Store does not respond, cached secrets stay valid. */
function extendCached(expired: readonly CachedName[], now: number, error: unknown): void {
  const cached = expired.map((name) => [name, cache.get(name)] as const)
  if (error instanceof ConfigError || cached.some(([, entry]) => entry === undefined)) throw error
  const expiresAt = now + withJitter(RETRY_MS)
  for (const [name, entry] of cached) cache.set(name, { value: undefined, ...entry, expiresAt })
}

/** Makes the next read see a changed environment; for the local run and tests. */
export const clearSettingsCache = (): void => cache.clear()

const isSecretName = (name: CachedName): boolean => !isSettingName(name) || isSecret(name)
const webhookSecret = z.optional(z.string())

async function loadSettings(names: readonly CachedName[], now: number): Promise<void> {
  const secrets = names.filter((name) => isSecretName(name) && !process.env[name])
  // Cached values are valid until the next read, so that a request need not wait for retries.
  const parameters = await readParameters(secrets, !secrets.every((name) => cache.has(name)))
  const secretExpiresAt = now + withJitter(SECRET_TTL_MS)
  const issues: string[] = []
  for (const name of names) {
    // A deployment passes an unset setting as an empty string.
    const text = process.env[name] || parameters.get(name)
    const expiresAt = isSecretName(name) ? secretExpiresAt : Infinity
    const cached = cache.get(name)
    // The same object, because imported keys are cached by it.
    if (cached && text !== undefined && cached.text === text) {
      cached.expiresAt = expiresAt
      continue
    }
    const schema = isSettingName(name) ? SETTINGS[name].schema() : webhookSecret
    const parsed = schema.safeParse(text)
    if (parsed.success) cache.set(name, { ...(text !== undefined && { text }), value: parsed.data, expiresAt })
    else issues.push(`${name} ${text === undefined ? 'is missing' : (parsed.error.issues[0]?.message ?? 'is invalid')}`)
  }
  if (issues.length > 0) throw new ConfigError(issues)
}
