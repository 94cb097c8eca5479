import * as z from 'zod/mini'
import { ConfigError } from './config-error.ts'
import {
  atLeast,
  booleanText,
  columnNames,
  ed25519Half,
  ed25519Members,
  headerLine,
  headerText,
  integerBetween,
  KEY_SET_MESSAGE,
  keySet,
  list,
  minutes,
  namesFrom,
  pattern,
  position,
  providerUrl,
  rsaKey,
  salts,
  tableName,
} from './schemas.ts'
import { readParameters } from './ssm.ts'

/** Endpoints that cost money or hand out what is somebody's: closed, unless OPEN_ENDPOINTS names them. */
export const OPENABLE_ENDPOINTS = [
  'start',
  'onboarding-url',
  'onboarding-status',
  'auth',
  'webhook',
  'approve',
  'access-token',
] as const

/**
 * Every setting there is: an environment variable, how it is read, and its default. README and .env.example explain them.
 * A schema is made when its setting is asked for: no function needs them all, and each takes its time at the start.
 */
const SETTINGS = {
  PORT: () => z._default(integerBetween(1, 65_535), 3000),
  HOST: () => z._default(z.string(), '127.0.0.1'),
  STAGE: () => z.string().check(z.minLength(1)),
  VERSION: () => z.string().check(z.minLength(1)),
  BASE_URL: () => z.url('must be an absolute URL'),
  CLIENTS_TABLE: () => tableName,
  TOKENS_TABLE: () => tableName,
  SESSIONS_TABLE: () => tableName,
  MEASUREMENTS_TABLE: () => tableName,
  SUBMISSIONS_TABLE: () => tableName,
  TOKEN_MINUTES: () => minutes(90),
  TOKEN_MINUTES_MAX: () => minutes(1440),
  UPLOAD_REQUIRES_AUTH: () => booleanText(true),
  DOWNLOAD_REQUIRES_AUTH: () => booleanText(true),
  TIME_COLUMNS: () => columnNames('time,time_utc,timestamp'),
  ACCEPT_COLUMNS: () => pattern,
  ADMIN_TOKEN: () =>
    z
      .string()
      .check(
        z.regex(
          /^(?:sha256:[0-9a-f]{64}|[\w~+/=-]{16,})$/,
          'must be 16 letters, digits or _ ~ + / = - at least, or sha256: and a digest',
        ),
      ),
  SIGNING_KEYS: () =>
    keySet(
      z.object(
        { ...ed25519Members, d: ed25519Half, signs_from: z._default(z.number(KEY_SET_MESSAGE), 0) },
        KEY_SET_MESSAGE,
      ),
    ),
  VERIFICATION_KEYS: () => keySet(z.object(ed25519Members, KEY_SET_MESSAGE)),
  SEAL_KEY: () =>
    z.pipe(
      z.string().check(z.regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url')),
      z.transform((text) => Buffer.from(text, 'base64url')),
    ),
  CHECKSUM_SALTS: () => salts,
  OPEN_ENDPOINTS: () => z.optional(namesFrom(OPENABLE_ENDPOINTS)),
  INCODE_API_URL: () => z.optional(providerUrl),
  INCODE_API_KEY: () => z.optional(headerText),
  INCODE_CLIENT_ID: () => z.optional(z.string()),
  INCODE_FLOW_ID: () => z.optional(z.string()),
  INCODE_ALLOWED_FLOW_IDS: () => z._default(list, []),
  INCODE_ADMIN_EMAIL: () => z.optional(z.string()),
  INCODE_ADMIN_PASSWORD: () => z.optional(z.string()),
  INCODE_ADMIN_TOKEN: () => z.optional(headerText),
  INCODE_WEBHOOK_HEADER: () => z.optional(headerLine),
  HLSERVER_URL: () => z.optional(providerUrl),
  HLSERVER_ENTERPRISE_ID: () => z.optional(z.string()),
  HLSERVER_API_KEY: () => z.optional(headerText),
  HLSERVER_PARTNER_KEY: () => z.optional(rsaKey),
  HLSERVER_WEBHOOK_SECRET: () => z.optional(z.string()),
  HLSERVER_SESSION_ID: () => z._default(z.enum(['list', 'string'], 'must be list or string'), 'list'),
  HLSERVER_PIN_MINUTES: () => minutes(60),
  HLSERVER_PIN_DIGITS: () => z._default(integerBetween(4, 12), 4),
  SETHEALTH_API_URL: () => z._default(providerUrl, 'https://api.set.health'),
  SETHEALTH_KEY: () => z.optional(z.string()),
  SETHEALTH_SECRET: () => z.optional(z.string()),
  OSEM_UPLOAD: () => booleanText(false),
  OSEM_NAME: () => z._default(z.string().check(z.maxLength(64, 'must have at most 64 characters')), 'latchkey'),
  OSEM_WEBLINK: () => z.optional(z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })),
  OSEM_CLIENTS: () => z.optional(list),
  OSEM_BOXES: () => pattern,
  OSEM_COLUMNS: () => pattern,
  OSEM_DEFAULT_POSITION: () => z.optional(position),
  OSEM_MIN_SECONDS_BETWEEN_UPLOADS: () => z._default(atLeast(0, 'seconds'), 0),
  OSEM_MAX_POSITION_CHANGE: () => z._default(atLeast(0, 'degrees'), Infinity),
  OSEM_POSTS_PER_MINUTE: () => z._default(integerBetween(1, 600), 15),
  OSEM_MAX_ATTEMPTS: () => z._default(integerBetween(1, 1_000), 30),
  SENSEMAP_API: () => z._default(providerUrl, 'https://api.opensensemap.org'),
  SENSEMAP_EMAIL: () => z.optional(z.string()),
  SENSEMAP_USERNAME: () => z.optional(z.string()),
  SENSEMAP_PASSWORD: () => z.optional(z.string()),
}

/** Read from SSM Parameter Store where the environment does not have them, and again from time to time. */
export const SECRET_NAMES = [
  'ADMIN_TOKEN',
  'SIGNING_KEYS',
  'VERIFICATION_KEYS',
  'SEAL_KEY',
  'CHECKSUM_SALTS',
  'INCODE_API_KEY',
  'INCODE_ADMIN_PASSWORD',
  'INCODE_ADMIN_TOKEN',
  'INCODE_WEBHOOK_HEADER',
  'HLSERVER_API_KEY',
  'HLSERVER_PARTNER_KEY',
  'HLSERVER_WEBHOOK_SECRET',
  'SETHEALTH_KEY',
  'SETHEALTH_SECRET',
  'SENSEMAP_PASSWORD',
] as const satisfies readonly SettingName[]
export type SecretName = (typeof SECRET_NAMES)[number]
const SECRETS: ReadonlySet<string> = new Set(SECRET_NAMES)
const SECRETS_LIVE_MS = 5 * 60_000
/** After this long the store is asked again, when it did not answer. */
const RETRY_MS = 30_000

export type SettingName = keyof typeof SETTINGS
type Values = { [Name in SettingName]: z.output<ReturnType<(typeof SETTINGS)[Name]>> }
export type Settings<Name extends SettingName> = Pick<Values, Name>
const isSettingName = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name)
export const SETTING_NAMES = Object.keys(SETTINGS).filter(isSettingName)

/** What is wrong with a text for a setting, in words that never quote it; null when nothing is. */
export function validateSetting(name: SettingName, text: string): string | null {
  const { error } = SETTINGS[name]().safeParse(text)
  return error ? (error.issues[0]?.message ?? 'is not valid') : null
}

const known = new Map<string, { value: unknown; until: number }>()

/**
 * The named settings, validated. Values are kept: plain ones for good, secrets for five minutes, so that a rotation
 * needs no deployment. Throws one `ConfigError` that names everything missing or wrong.
 */
export async function getSettings<const Name extends SettingName>(...names: Name[]): Promise<Settings<Name>> {
  const now = Date.now()
  const stale = names.filter((name) => (known.get(name)?.until ?? 0) <= now)
  if (stale.length > 0) await load(stale, now).catch((error: unknown) => keepOn(stale, now, error))
  // Each name was parsed by its own schema; that the two belong together is beyond what a type can say here.
  return Object.fromEntries(names.map((name) => [name, known.get(name)?.value])) as Settings<Name>
}

/** While the store of secrets does not answer, those that were read before still count. */
function keepOn(stale: readonly SettingName[], now: number, error: unknown): void {
  const last = stale.map((name) => [name, known.get(name)] as const)
  if (error instanceof ConfigError || last.some(([, value]) => value === undefined)) throw error
  for (const [name, value] of last) known.set(name, { value: value?.value, until: now + RETRY_MS })
}

/** Forgets what was read, so that a changed environment counts; for the local run and tests. */
export const clearSettingsCache = (): void => known.clear()

async function load(names: readonly SettingName[], now: number): Promise<void> {
  const absent = names.filter((name) => SECRETS.has(name) && !process.env[name])
  const parameters = await readParameters(absent)
  const issues: string[] = []
  for (const name of names) {
    // A deployment hands on settings that were not made as empty texts.
    const text = process.env[name] || parameters.get(name)
    const parsed = SETTINGS[name]().safeParse(text)
    if (parsed.success)
      known.set(name, { value: parsed.data, until: SECRETS.has(name) ? now + SECRETS_LIVE_MS : Infinity })
    else
      issues.push(`${name} ${text === undefined ? 'is missing' : (parsed.error.issues[0]?.message ?? 'is not valid')}`)
  }
  if (issues.length > 0) throw new ConfigError(issues)
}
