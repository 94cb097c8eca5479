import type { SettingName } from './settings-table.ts'

/**
 * Descriptions of the settings for .env.example and docs/reference/settings.md. They are in a separate file, so that no
 * bundle contains them.
 */
export const SETTING_GROUPS = {
  local: { title: 'Local run' },
  deployment: {
    title: 'Deployment',
    intro: 'Read by `serverless deploy`. No function reads these.',
  },
  access: { title: 'Tokens and access' },
  measurements: { title: 'Measurements' },
  incode: {
    title: 'Incode',
    intro:
      'While `INCODE_API_URL` and `INCODE_API_KEY` are unset, `npm start` runs a fake Incode and sets these for it.',
  },
  helpLightning: {
    title: 'Help Lightning',
    intro: 'While `HLSERVER_URL` and `HLSERVER_API_KEY` are unset, `npm start` runs a fake and sets these for it.',
  },
  sethealth: {
    title: 'Sethealth',
    intro: 'While `SETHEALTH_API_URL` and `SETHEALTH_KEY` are unset, `npm start` runs a fake and sets these for it.',
  },
  openSenseMap: {
    title: 'openSenseMap',
    intro: 'While every `SENSEMAP_` setting is unset, `npm start` runs a fake openSenseMap and sets these for it.',
  },
  logs: { title: 'Logs' },
  stack: {
    title: 'Set by the stack',
    intro: '`serverless.yml` sets these for the functions that read them. Do not set them yourself.',
  },
} as const satisfies Record<string, { title: string; intro?: string }>

export interface SettingDocs {
  group: keyof typeof SETTING_GROUPS
  /** One or two sentences of Markdown. */
  meaning: string
  /** Markdown shown instead of the default in the schema. */
  default?: string
  /** Shown in .env.example instead of the default. No example of a secret is a usable secret. */
  example?: string
}

const MADE = 'made by `setup` and by the first `npm start`'

export const SETTING_DOCS: Readonly<Record<SettingName, SettingDocs>> = {
  PORT: { group: 'local', meaning: 'TCP port of `npm start`.' },
  HOST: {
    group: 'local',
    meaning: 'Address that `npm start` listens on. `0.0.0.0` accepts devices of your network.',
  },
  LATCHKEY_FOLDER: { group: 'local', meaning: 'Folder in which `npm start` stores data and secrets.' },
  POWERTOOLS_METRICS_DISABLED: { group: 'local', meaning: '`false` prints metrics among the logs of `npm start`.' },

  CORS_ORIGINS: {
    group: 'deployment',
    meaning:
      'Origins whose pages may call the API from a browser, such as `https://app.example`, separated by commas. `*` ' +
      'allows every origin.',
  },
  ALARM_EMAIL: {
    group: 'deployment',
    meaning: 'Address that receives alarms. AWS asks it to confirm the subscription once.',
    example: 'ops@example.org',
  },
  RESERVE_CONCURRENCY: {
    group: 'deployment',
    meaning:
      '`false` reserves no concurrency. Set it where `aws lambda get-account-settings` shows fewer than 203 unreserved ' +
      'executions, as in new accounts: a stage reserves 103, and AWS requires 100 more.',
  },

  TOKEN_MINUTES: {
    group: 'access',
    meaning: 'Lifetime of an auth token in minutes, when the client requests none.',
  },
  TOKEN_MINUTES_MAX: {
    group: 'access',
    meaning: 'Longest lifetime in minutes that a client may request, from 1 to 1440.',
  },
  OPEN_ENDPOINTS: {
    group: 'access',
    meaning:
      'Endpoints that need no auth token, separated by commas, or `none`. Possible are `start`, `onboarding-url`, ' +
      '`onboarding-status`, `auth`, `webhook`, `approve` and `access-token`.',
    default: '`none`; locally `start,onboarding-url,auth,webhook,approve`',
    example: 'start,onboarding-url,auth,webhook,approve',
  },
  ADMIN_TOKEN: {
    group: 'access',
    meaning: 'The admin token, or `sha256:` and its SHA-256 digest in hexadecimal.',
    default: MADE,
  },
  SIGNING_KEYS: {
    group: 'access',
    meaning:
      'Private JWK set of Ed25519 keys, each with a `kid`. The newest key whose `signs_from` (UNIX seconds) has passed ' +
      'signs auth tokens. Only the function `token` reads it.',
    default: MADE,
  },
  VERIFICATION_KEYS: {
    group: 'access',
    meaning: 'Public JWK set of the same keys.',
    default: 'made from `SIGNING_KEYS`',
  },
  SEAL_KEY: {
    group: 'access',
    meaning:
      '32 bytes in base64url. Encrypts salts, events and provider tokens in the tables; another key cannot decrypt what ' +
      'is stored.',
    default: MADE,
  },

  UPLOAD_REQUIRES_AUTH: {
    group: 'measurements',
    meaning:
      '`false` accepts uploads to the shared client `default` without a token. Latchkey then records a wrong checksum ' +
      'instead of rejecting it.',
  },
  DOWNLOAD_REQUIRES_AUTH: {
    group: 'measurements',
    meaning: '`false` lets everyone read the shared client `default`.',
  },
  CHECKSUM_SALTS: {
    group: 'measurements',
    meaning: 'Salts of the shared client `default`: a JSON array of strings, or strings separated by commas.',
    example: '["<a long random value>"]',
  },
  CHECKSUM_EXPIRY_REQUIRED: {
    group: 'measurements',
    meaning:
      '`true` requires `expires` in downloads with a salted checksum, at most seven days ahead, so that a recorded ' +
      'request does not work forever.',
  },
  TIME_COLUMNS: {
    group: 'measurements',
    meaning:
      'Columns that may hold the time of a row, separated by commas. Latchkey uses the first that an upload has.',
  },
  ACCEPT_COLUMNS: {
    group: 'measurements',
    meaning: 'Regular expression for the whole name of a column, such as `scd30_.*`. Latchkey drops other columns.',
  },

  INCODE_API_URL: {
    group: 'incode',
    meaning: 'Base URL of the Incode API.',
    example: 'https://demo-api.incodesmile.com',
  },
  INCODE_API_KEY: { group: 'incode', meaning: 'API key.' },
  INCODE_CLIENT_ID: { group: 'incode', meaning: 'Client id of your organisation.', example: 'your-organisation123' },
  INCODE_FLOW_ID: {
    group: 'incode',
    meaning: 'Flow of an identity session, when the caller names none.',
    example: '650f2b3c9d1e4a5b6c7d8e9f',
  },
  INCODE_ALLOWED_FLOW_IDS: {
    group: 'incode',
    meaning: 'Other flows that a caller may name, separated by commas.',
    example: '650f2b3c9d1e4a5b6c7d8ea0,650f2b3c9d1e4a5b6c7d8ea1',
  },
  INCODE_ADMIN_EMAIL: {
    group: 'incode',
    meaning: 'E-mail address of the executive user that approves sessions.',
    example: 'executive@example.org',
  },
  INCODE_ADMIN_PASSWORD: { group: 'incode', meaning: 'Password of that user.' },
  INCODE_ADMIN_TOKEN: {
    group: 'incode',
    meaning: 'Admin token instead of e-mail address and password. It is valid for 24 hours.',
  },
  INCODE_WEBHOOK_HEADER: {
    group: 'incode',
    meaning: '`Name: value` of a header that Incode sends with each webhook. Latchkey then accepts it as a credential.',
    example: 'X-Webhook-Secret: <a long random value>',
  },

  HLSERVER_URL: {
    group: 'helpLightning',
    meaning: 'Base URL of the Help Lightning API.',
    example: 'https://api.helplightning.net/api',
  },
  HLSERVER_ENTERPRISE_ID: { group: 'helpLightning', meaning: 'Id of your site.', example: '1234' },
  HLSERVER_API_KEY: { group: 'helpLightning', meaning: 'API key.' },
  HLSERVER_PARTNER_KEY: {
    group: 'helpLightning',
    meaning: 'RSA private key of the partner, at least 2048 bits, in PEM. Locally it may be the path of a file.',
    example: 'partner.pem',
  },
  HLSERVER_WEBHOOK_SECRET: { group: 'helpLightning', meaning: 'Key of the signatures of webhooks.' },
  HLSERVER_SESSION_ID: {
    group: 'helpLightning',
    meaning: 'Type of `session_id` in responses: `list` (of one string) or `string`.',
  },
  HLSERVER_PIN_MINUTES: { group: 'helpLightning', meaning: 'Lifetime of a PIN in minutes, from 1 to 1440.' },
  HLSERVER_PIN_DIGITS: { group: 'helpLightning', meaning: 'Digits of a PIN, from 4 to 12.' },

  SETHEALTH_API_URL: { group: 'sethealth', meaning: 'Base URL of the Sethealth API.' },
  SETHEALTH_KEY: { group: 'sethealth', meaning: 'Key of the service account.' },
  SETHEALTH_SECRET: { group: 'sethealth', meaning: 'Secret of the service account.' },

  OSEM_UPLOAD: {
    group: 'openSenseMap',
    meaning: '`true` forwards measurements to openSenseMap, where they are public.',
    default: '`false`; locally `true` with the fake',
  },
  SENSEMAP_API: {
    group: 'openSenseMap',
    meaning: 'Base URL of the openSenseMap API. `https://api.testing.opensensemap.org` is for trying it out.',
  },
  SENSEMAP_EMAIL: {
    group: 'openSenseMap',
    meaning: 'E-mail address of the account, or set `SENSEMAP_USERNAME`.',
    example: 'sensors@example.org',
  },
  SENSEMAP_USERNAME: {
    group: 'openSenseMap',
    meaning: 'User name of the account, instead of the e-mail address.',
    example: 'your-name',
  },
  SENSEMAP_PASSWORD: { group: 'openSenseMap', meaning: 'Password of the account.' },
  OSEM_NAME: {
    group: 'openSenseMap',
    meaning: 'First word in the name of each box, and its group tag. At most 64 characters.',
  },
  OSEM_WEBLINK: { group: 'openSenseMap', meaning: 'Link that each box shows.', example: 'https://example.org' },
  OSEM_CLIENTS: {
    group: 'openSenseMap',
    meaning: 'Ids of the clients whose measurements Latchkey forwards, separated by commas.',
    default: 'all clients',
    example: 'default,8f2a6c1e-0d4b-4a57-9c3e-5b7d1f6a2e90',
  },
  OSEM_BOXES: {
    group: 'openSenseMap',
    meaning: 'Regular expression for the whole name of each box that Latchkey forwards, such as `outdoor-.*`.',
  },
  OSEM_COLUMNS: {
    group: 'openSenseMap',
    meaning: 'Regular expression for the whole name of each column that Latchkey forwards, such as `scd30_.*`.',
  },
  OSEM_DEFAULT_POSITION: {
    group: 'openSenseMap',
    meaning:
      'Position of a new box whose rows have none: `latitude,longitude` or `latitude,longitude,height`, in degrees and ' +
      'metres.',
    example: '48.52,9.05,340',
  },
  OSEM_MAX_POSITION_CHANGE: {
    group: 'openSenseMap',
    meaning: 'Degrees. Latchkey ignores a position that is further from the last one, as a measurement error.',
    default: 'no limit',
    example: '0.5',
  },
  OSEM_MIN_SECONDS_BETWEEN_UPLOADS: {
    group: 'openSenseMap',
    meaning:
      'Seconds. Latchkey drops measurements of a sensor that are closer together, including those already queued.',
  },
  OSEM_POSTS_PER_MINUTE: {
    group: 'openSenseMap',
    meaning: 'POST requests to openSenseMap in 61 seconds, from 1 to 600.',
  },
  OSEM_MAX_ATTEMPTS: {
    group: 'openSenseMap',
    meaning: 'Failures in a row after which Latchkey parks a block, from 1 to 1000.',
  },

  POWERTOOLS_LOG_LEVEL: {
    group: 'logs',
    meaning: 'Lowest level that is logged: `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR`, `CRITICAL` or `SILENT`.',
    default: '`INFO`; locally `WARN`',
  },

  STAGE: { group: 'stack', meaning: 'Name of the stage.' },
  VERSION: { group: 'stack', meaning: 'Version in `package.json`.' },
  BASE_URL: {
    group: 'stack',
    meaning: 'Address of the API, which is the issuer of auth tokens. `npm start` uses `http://localhost:<PORT>`.',
  },
  CLIENTS_TABLE: { group: 'stack', meaning: 'Table of clients.' },
  TOKENS_TABLE: { group: 'stack', meaning: 'Table of auth tokens and provider tokens.' },
  SESSIONS_TABLE: { group: 'stack', meaning: 'Table of sessions, events, PINs and rate limits.' },
  MEASUREMENTS_TABLE: { group: 'stack', meaning: 'Table of measurements.' },
  SUBMISSIONS_TABLE: { group: 'stack', meaning: 'Table of submissions.' },
  PARAMETER_PATH: { group: 'stack', meaning: 'Path of the secrets in Parameter Store. Locally empty.' },
  POWERTOOLS_METRICS_NAMESPACE: { group: 'stack', meaning: 'CloudWatch namespace of the metrics.' },
}
