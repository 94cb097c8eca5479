import * as z from 'zod'
import { readParameters } from './parameters.ts'

/** Every setting there is: an environment variable, how it is read, and its default. README and .env.example explain them. */
const flag = (byDefault: boolean) =>
  z
    .enum(['true', 'false'], 'must be true or false')
    .default(byDefault ? 'true' : 'false')
    .transform((text) => text === 'true')

const minutes = (byDefault: number) =>
  z.coerce
    .number('must be a number of minutes')
    .int('must be a whole number of minutes')
    .min(1, 'must be at least 1 minute')
    .max(1440, 'must be at most 1440 minutes, which is a day')
    .default(byDefault)

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' })
    return z.NEVER
  }
})

const KEY_SET = 'must be a JWK set of Ed25519 keys, each with a kid'
const base64url = z.string(KEY_SET).min(1, KEY_SET)
const okp = { kty: z.literal('OKP', KEY_SET), crv: z.literal('Ed25519', KEY_SET), kid: base64url, x: base64url }
const keySet = <Key extends z.ZodType>(key: Key) =>
  jsonText.pipe(z.object({ keys: z.array(key, KEY_SET).min(1, KEY_SET) }, KEY_SET))

/** Salts as a JSON array, as co2logserver has it, or separated by commas. */
const salts = z
  .string()
  .default('[]')
  .transform((text) =>
    text.trim().startsWith('[') ? text : JSON.stringify(text.split(',').map((salt) => salt.trim())),
  )
  .pipe(jsonText)
  .pipe(
    z.array(
      z.string('must hold texts only').min(1, 'must hold no empty salt'),
      'must be a JSON array of texts, or texts separated by commas',
    ),
  )

const pattern = z
  .string()
  .default('.*')
  .transform((text, context) => {
    try {
      return new RegExp(`^(?:${text})$`, 'u')
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a regular expression' })
      return z.NEVER
    }
  })

const list = (byDefault: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text) =>
      text
        .split(',')
        .map((name) => name.trim().toLowerCase())
        .filter((name) => name !== ''),
    )
    .refine((names) => names.length > 0, 'must name one column at least')

const tableName = z.string().min(3)

const SETTINGS = {
  PORT: z.coerce
    .number('must be a port number')
    .int('must be a whole number')
    .min(1, 'must be from 1 to 65535')
    .max(65_535, 'must be from 1 to 65535')
    .default(3000),
  HOST: z.string().default('127.0.0.1'),
  STAGE: z.string().min(1),
  VERSION: z.string().min(1),
  BASE_URL: z.url('must be an absolute URL'),
  CLIENTS_TABLE: tableName,
  TOKENS_TABLE: tableName,
  SESSIONS_TABLE: tableName,
  MEASUREMENTS_TABLE: tableName,
  TOKEN_MINUTES: minutes(90),
  TOKEN_MINUTES_MAX: minutes(1440),
  UPLOAD_REQUIRES_AUTH: flag(true),
  DOWNLOAD_REQUIRES_AUTH: flag(true),
  TIME_COLUMNS: list('time,time_utc,timestamp'),
  ACCEPT_COLUMNS: pattern,
  ADMIN_TOKEN: z
    .string()
    .regex(
      /^(?:sha256:[0-9a-f]{64}|[\w~+/=-]{16,})$/,
      'must be 16 letters, digits or _ ~ + / = - at least, or sha256: and a digest',
    ),
  SIGNING_KEYS: keySet(z.object({ ...okp, d: base64url }, KEY_SET)),
  VERIFICATION_KEYS: keySet(z.object(okp, KEY_SET)),
  SEAL_KEY: z
    .string()
    .regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url')
    .transform((text) => Buffer.from(text, 'base64url')),
  CHECKSUM_SALTS: salts,
}

/** Read from SSM Parameter Store where the environment does not have them, and again from time to time. */
const SECRETS: ReadonlySet<string> = new Set([
  'ADMIN_TOKEN',
  'SIGNING_KEYS',
  'VERIFICATION_KEYS',
  'SEAL_KEY',
  'CHECKSUM_SALTS',
])
const SECRETS_LIVE_MS = 5 * 60_000

export type SettingName = keyof typeof SETTINGS
type Values = { [Name in SettingName]: z.output<(typeof SETTINGS)[Name]> }
export type Settings<Name extends SettingName> = Pick<Values, Name>
const isSettingName = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name)
export const SETTING_NAMES = Object.keys(SETTINGS).filter(isSettingName)

/** One sentence a setting, all of them together; never a value. */
export class ConfigError extends Error {
  constructor(faults: string[]) {
    super(`Settings: ${faults.join('; ')}.`)
    this.name = 'ConfigError'
  }
}

const known = new Map<string, { value: unknown; until: number }>()

/**
 * The named settings, validated. Values are kept: plain ones for good, secrets for five minutes, so that a rotation
 * needs no deployment. Throws one `ConfigError` that names everything missing or wrong.
 */
export async function settings<const Name extends SettingName>(...names: Name[]): Promise<Settings<Name>> {
  const now = Date.now()
  const stale = names.filter((name) => (known.get(name)?.until ?? 0) <= now)
  if (stale.length > 0) await load(stale, now)
  // Each name was parsed by its own schema; that the two belong together is beyond what a type can say here.
  return Object.fromEntries(names.map((name) => [name, known.get(name)?.value])) as Settings<Name>
}

/** Forgets what was read, so that a changed environment counts; for the local run and tests. */
export const forgetSettings = (): void => known.clear()

async function load(names: readonly SettingName[], now: number): Promise<void> {
  const absent = names.filter((name) => SECRETS.has(name) && !process.env[name])
  const parameters = await readParameters(absent)
  const faults: string[] = []
  for (const name of names) {
    // A deployment hands on settings that were not made as empty texts.
    const text = process.env[name] || parameters.get(name)
    const parsed = SETTINGS[name].safeParse(text)
    if (parsed.success)
      known.set(name, { value: parsed.data, until: SECRETS.has(name) ? now + SECRETS_LIVE_MS : Infinity })
    else
      faults.push(`${name} ${text === undefined ? 'is missing' : (parsed.error.issues[0]?.message ?? 'is not valid')}`)
  }
  if (faults.length > 0) throw new ConfigError(faults)
}
