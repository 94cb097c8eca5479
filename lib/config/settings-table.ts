import * as z from 'zod/mini'
import { DEFAULT_TIME_COLUMNS } from '../core/time-columns.ts'
import { signingKeys, verificationKeys } from './key-schemas.ts'
import {
  atLeast,
  booleanText,
  bucketName,
  certificateArn,
  columnNames,
  domainName,
  emailAddress,
  embedOrigins,
  integerBetween,
  list,
  logLevel,
  minutes,
  namesFrom,
  origins,
  pattern,
  policyArn,
  position,
  providerUrl,
  publicUrl,
  retentionDays,
  tableName,
  tags,
} from './schemas.ts'
import {
  adminToken,
  encryptionKey,
  encryptionKeys,
  headerLines,
  headerText,
  proxySecrets,
  rsaKey,
  salts,
} from './secret-schemas.ts'

/** Endpoints that cost money or return personal data. They need a token unless OPEN_ENDPOINTS names them. */
export const OPENABLE_ENDPOINTS = [
  'start',
  'onboarding-url',
  'onboarding-status',
  'auth',
  'webhook',
  'approve',
  'access-token',
] as const

interface SettingDefinition {
  /** Created on first use: no function needs every schema, and each slows down a cold start. */
  schema: () => z.ZodMiniType
  /**
   * `secret`: in SSM Parameter Store. `stack`: set by serverless.yml. `deploy`: read only by serverless.yml. `local`: read
   * only by `npm start`. Absent: operators set it, and functions read it from their environment.
   */
  kind?: 'secret' | 'stack' | 'deploy' | 'local'
}

/**
 * Every setting: an environment variable, its schema and its default. `settings-docs.ts` describes each. `npm run docs
 * -- --write` makes .env.example and docs/reference/settings.md from both; dev/plugin.ts makes each function's environment.
 */
export const SETTINGS = {
  PORT: { kind: 'local', schema: () => z._default(integerBetween(1, 65_535), 3000) },
  HOST: { kind: 'local', schema: () => z._default(z.string(), '127.0.0.1') },
  ALLOWED_HOSTS: { kind: 'local', schema: () => z.prefault(list(), '') },
  LATCHKEY_FOLDER: { kind: 'local', schema: () => z._default(z.string(), '.latchkey') },
  POWERTOOLS_METRICS_DISABLED: { kind: 'local', schema: () => booleanText(true) },

  DOMAIN_NAME: { kind: 'deploy', schema: () => z.optional(domainName()) },
  CERTIFICATE_ARN: { kind: 'deploy', schema: () => z.optional(certificateArn()) },
  CORS_ORIGINS: { kind: 'deploy', schema: () => z.prefault(origins(), '*') },
  ALARM_EMAIL: { kind: 'deploy', schema: () => z.optional(emailAddress()) },
  WARNING_EMAIL: { kind: 'deploy', schema: () => z.optional(emailAddress()) },
  RATE: { kind: 'deploy', schema: () => z._default(integerBetween(1, 1_000_000), 500) },
  BURST: { kind: 'deploy', schema: () => z._default(integerBetween(1, 1_000_000), 1000) },
  UPLOADS_STOPPED_HOURS: { kind: 'deploy', schema: () => z._default(integerBetween(0, 24), 0) },
  ROLLBACK_MINUTES: { kind: 'deploy', schema: () => z._default(integerBetween(0, 180), 10) },
  SHIFT_TRAFFIC: {
    kind: 'deploy',
    schema: () => z._default(z.enum(['none', 'linear'], 'must be none or linear'), 'none'),
  },
  RESERVE_CONCURRENCY: { kind: 'deploy', schema: () => booleanText(true) },
  // One chunk of a submission takes up to 400 write units.
  MAX_READ_UNITS: { kind: 'deploy', schema: () => z.optional(integerBetween(500, 1_000_000)) },
  MAX_WRITE_UNITS: { kind: 'deploy', schema: () => z.optional(integerBetween(500, 1_000_000)) },
  BACKUP_DAYS: { kind: 'deploy', schema: () => z.optional(integerBetween(1, 3_650)) },
  BACKUP_LOCK: { kind: 'deploy', schema: () => booleanText(false) },
  TAGS: { kind: 'deploy', schema: () => z.prefault(tags(), '') },
  TRACING: { kind: 'deploy', schema: () => booleanText(false) },
  PERMISSIONS_BOUNDARY: { kind: 'deploy', schema: () => z.optional(policyArn()) },
  SLASH_ROUTES: { schema: () => booleanText(true) },

  STAGE: { kind: 'stack', schema: () => z.string().check(z.minLength(1)) },
  VERSION: { kind: 'stack', schema: () => z.string().check(z.minLength(1)) },
  CLIENTS_TABLE: { kind: 'stack', schema: tableName },
  TOKENS_TABLE: { kind: 'stack', schema: tableName },
  SESSIONS_TABLE: { kind: 'stack', schema: tableName },
  MEASUREMENTS_TABLE: { kind: 'stack', schema: tableName },
  SUBMISSIONS_TABLE: { kind: 'stack', schema: tableName },
  FILES_BUCKET: { kind: 'stack', schema: bucketName },
  PROCESS_FILES_FUNCTION: { kind: 'stack', schema: () => z.string().check(z.minLength(1)) },
  PARAMETER_PATH: { kind: 'stack', schema: () => z.optional(z.string()) },
  POWERTOOLS_METRICS_NAMESPACE: { kind: 'stack', schema: () => z.optional(z.string()) },
  // lib/webhooks parses it: few functions need its schema.
  WEBHOOKS: { kind: 'stack', schema: () => z._default(z.string(), '{}') },

  PUBLIC_URL: { schema: publicUrl },
  TOKEN_MINUTES: { schema: () => minutes(90) },
  TOKEN_MINUTES_MAX: { schema: () => minutes(1440) },
  DPOP_NONCE: { schema: () => booleanText(false) },
  REVOCATION_SECONDS: { schema: () => z._default(integerBetween(0, 60), 0) },
  TRUSTED_PROXY: { schema: () => z.optional(z.enum(['cloudfront'], 'must be cloudfront')) },
  TRUSTED_PROXY_SECRET: { kind: 'secret', schema: () => z.optional(proxySecrets()) },
  OPEN_ENDPOINTS: { schema: () => z.optional(namesFrom(OPENABLE_ENDPOINTS)) },
  ADMIN_TOKEN: { kind: 'secret', schema: adminToken },
  SIGNING_KEYS: { kind: 'secret', schema: signingKeys },
  VERIFICATION_KEYS: { kind: 'secret', schema: verificationKeys },
  SEAL_KEY: { kind: 'secret', schema: encryptionKey },
  SEAL_KEYS: { kind: 'secret', schema: () => z.optional(encryptionKeys()) },

  // lib/attestation parses it: one function needs its schema.
  PLAY_INTEGRITY_KEYS: { kind: 'secret', schema: () => z.optional(z.string()) },

  UPLOAD_REQUIRES_AUTH: { schema: () => booleanText(true) },
  DOWNLOAD_REQUIRES_AUTH: { schema: () => booleanText(true) },
  SHARE_DAYS_MAX: { schema: () => z._default(integerBetween(0, 365), 365) },
  EMBED_ORIGINS: { schema: () => z._default(embedOrigins(), []) },
  CHECKSUM_EXPIRY_REQUIRED: { schema: () => booleanText(false) },
  CHECKSUM_SALTS: { kind: 'secret', schema: salts },
  TIME_COLUMNS: { schema: () => columnNames(DEFAULT_TIME_COLUMNS.join()) },
  TEXT_COLUMNS: { schema: () => columnNames('box') },
  ACCEPT_COLUMNS: { schema: pattern },
  MAX_FILE_MB: { schema: () => z._default(integerBetween(1, 5_000), 1_000) },
  RETENTION_DAYS_MEASUREMENTS: { schema: () => z.optional(retentionDays()) },
  RETENTION_DAYS_SUBMISSIONS: { schema: () => z.optional(retentionDays()) },

  INCODE_API_URL: { schema: () => z.optional(providerUrl()) },
  INCODE_API_KEY: { kind: 'secret', schema: () => z.optional(headerText()) },
  INCODE_CLIENT_ID: { schema: () => z.optional(z.string()) },
  INCODE_FLOW_ID: { schema: () => z.optional(z.string()) },
  INCODE_ALLOWED_FLOW_IDS: { schema: () => z._default(list(), []) },
  INCODE_ADMIN_EMAIL: { schema: () => z.optional(z.string()) },
  INCODE_ADMIN_PASSWORD: { kind: 'secret', schema: () => z.optional(z.string()) },
  INCODE_ADMIN_TOKEN: { kind: 'secret', schema: () => z.optional(headerText()) },
  INCODE_WEBHOOK_HEADER: { kind: 'secret', schema: () => z.optional(headerLines()) },

  HLSERVER_URL: { schema: () => z.optional(providerUrl()) },
  HLSERVER_ENTERPRISE_ID: { schema: () => z.optional(z.string()) },
  HLSERVER_API_KEY: { kind: 'secret', schema: () => z.optional(headerText()) },
  HLSERVER_PARTNER_KEY: { kind: 'secret', schema: () => z.optional(rsaKey()) },
  HLSERVER_WEBHOOK_SECRET: { kind: 'secret', schema: () => z.optional(z.string()) },
  HLSERVER_SESSION_ID: { schema: () => z._default(z.enum(['list', 'string'], 'must be list or string'), 'list') },
  HLSERVER_PIN_MINUTES: { schema: () => minutes(60) },
  HLSERVER_PIN_DIGITS: { schema: () => z._default(integerBetween(4, 12), 4) },

  SETHEALTH_API_URL: { schema: () => z._default(providerUrl(), 'https://api.set.health') },
  SETHEALTH_KEY: { kind: 'secret', schema: () => z.optional(z.string()) },
  SETHEALTH_SECRET: { kind: 'secret', schema: () => z.optional(z.string()) },

  OSEM_UPLOAD: { schema: () => booleanText(false) },
  SENSEMAP_API: { schema: () => z._default(providerUrl(), 'https://api.opensensemap.org') },
  SENSEMAP_EMAIL: { schema: () => z.optional(z.string()) },
  SENSEMAP_USERNAME: { schema: () => z.optional(z.string()) },
  SENSEMAP_PASSWORD: { kind: 'secret', schema: () => z.optional(z.string()) },
  OSEM_NAME: {
    schema: () => z._default(z.string().check(z.maxLength(64, 'must have at most 64 characters')), 'latchkey'),
  },
  OSEM_WEBLINK: {
    schema: () => z.optional(z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })),
  },
  OSEM_CLIENTS: { schema: () => z.optional(list()) },
  OSEM_BOXES: { schema: pattern },
  OSEM_COLUMNS: { schema: pattern },
  OSEM_DEFAULT_POSITION: { schema: () => z.optional(position()) },
  OSEM_MIN_SECONDS_BETWEEN_UPLOADS: { schema: () => z._default(atLeast(0, 'seconds'), 0) },
  OSEM_MAX_POSITION_CHANGE: { schema: () => z._default(atLeast(0, 'degrees'), Infinity) },
  OSEM_POSTS_PER_MINUTE: { schema: () => z._default(integerBetween(1, 600), 15) },
  OSEM_MAX_ATTEMPTS: { schema: () => z._default(integerBetween(1, 1_000), 30) },

  POWERTOOLS_LOG_LEVEL: { schema: () => z._default(logLevel(), 'INFO') },
} as const satisfies Record<string, SettingDefinition>

export type SettingName = keyof typeof SETTINGS
type NameOfKind<Kind> = {
  [Name in SettingName]: (typeof SETTINGS)[Name] extends { kind: Kind } ? Name : never
}[SettingName]
export type SecretName = NameOfKind<'secret'>

export const kindOf = (name: SettingName): SettingDefinition['kind'] => {
  const definition: SettingDefinition = SETTINGS[name]
  return definition.kind
}
export const isSettingName = (name: string): name is SettingName => Object.hasOwn(SETTINGS, name)
export const isSecret = (name: SettingName): name is SecretName => kindOf(name) === 'secret'
export const SETTING_NAMES = Object.keys(SETTINGS).filter(isSettingName)
export const SECRET_NAMES = SETTING_NAMES.filter(isSecret)
/** Settings that operators set and functions read from their environment. */
export const ENVIRONMENT_NAMES = SETTING_NAMES.filter((name) => kindOf(name) === undefined)

/** Returns the error of a setting's text, without quoting the text, or null. */
export function validateSetting(name: SettingName, text: string): string | null {
  const { error } = SETTINGS[name].schema().safeParse(text)
  return error ? (error.issues[0]?.message ?? 'is invalid') : null
}
