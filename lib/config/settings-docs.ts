import { PROVIDER_GROUPS } from './provider-settings-docs.ts'
import type { SettingGroup } from './setting-group.ts'

const MADE = 'made by `setup` and by the first `npm start`'

/**
 * Descriptions of the settings for .env.example and docs/reference/settings.md. They are in a separate file, so that no
 * bundle contains them.
 */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  {
    title: 'Local run',
    settings: {
      PORT: 'TCP port of `npm start`.',
      HOST: 'Address that `npm start` listens on. `0.0.0.0` accepts devices of your network.',
      ALLOWED_HOSTS: {
        meaning:
          'Host names, besides `localhost` and IP addresses, at which `npm start` accepts requests, separated by commas, such as the domain of a tunnel. The host of `PUBLIC_URL` is accepted too; other names get 421.',
        example: 'example.ngrok.app',
      },
      LATCHKEY_FOLDER: 'Folder in which `npm start` stores data and secrets.',
      POWERTOOLS_METRICS_DISABLED: '`false` prints metrics among the logs of `npm start`.',
    },
  },
  {
    title: 'Deployment',
    intro: 'Read by `serverless deploy`. No function reads these, except `SLASH_ROUTES`.',
    settings: {
      DOMAIN_NAME: {
        meaning:
          'Your own host name of the API. It needs `CERTIFICATE_ARN` and a DNS record: see [Your own domain](../operations/deploy.md#your-own-domain).',
        example: 'api.example.org',
      },
      CERTIFICATE_ARN: {
        meaning: 'ARN of the certificate of `DOMAIN_NAME` in AWS Certificate Manager, in the region of the stage.',
        example: 'arn:aws:acm:eu-central-1:123456789012:certificate/0b7c2f1e-58a4-4a0b-9f43-6b1f9a0d4c77',
      },
      CORS_ORIGINS:
        'Origins whose pages may call the API from a browser, such as `https://app.example`, separated by commas. `*` allows every origin.',
      ALARM_EMAIL: {
        meaning:
          'Address that receives alarms and warnings. AWS asks it to confirm each of the two subscriptions once.',
        example: 'ops@example.org',
      },
      WARNING_EMAIL: {
        meaning: 'Address that receives warnings, instead of `ALARM_EMAIL`. Warnings can wait for working hours.',
        default: 'that of `ALARM_EMAIL`',
        example: 'team@example.org',
      },
      RATE: 'Requests per second that each route accepts from all callers together. Some routes have lower limits of their own.',
      BURST: 'Requests that each route accepts at once, before `RATE` limits them.',
      UPLOADS_STOPPED_HOURS:
        'Hours without a stored upload after which the alarm `UploadsStopped` fires, at most 24. `0` creates no such alarm.',
      ROLLBACK_MINUTES:
        'Minutes after a deployment in which an alarm rolls it back, at most 180. `0` switches rollbacks by alarm off: see [Changes that roll back](../operations/deploy.md#changes-that-roll-back).',
      SHIFT_TRAFFIC:
        '`linear` shifts the requests of `upload`, `token`, `webhook` and `approve` to a new version in ten minutes. `none` replaces it at once.',
      RESERVE_CONCURRENCY:
        '`false` reserves no concurrency. Set it where a deployment reports too few executions, as in new accounts: a stage reserves 108, and AWS requires 100 more.',
      MAX_READ_UNITS: {
        meaning:
          'Read units per second that each table and each index may use, at least 500. DynamoDB throttles requests beyond them, which [limits costs](../operations/deploy.md#limits-and-tags).',
        default: 'no limit',
        example: '2000',
      },
      MAX_WRITE_UNITS: {
        meaning:
          'Write units per second that each table and each index may use, at least 500, as for `MAX_READ_UNITS`.',
        default: 'no limit',
        example: '1000',
      },
      BACKUP_DAYS: {
        meaning:
          'Days for which AWS Backup keeps a daily backup of each table, besides point-in-time recovery. See [Backups](../operations/deploy.md#backups).',
        default: 'no backups',
        example: '35',
      },
      BACKUP_LOCK: '`true` locks the vault, so that no backup can be deleted before `BACKUP_DAYS` have passed.',
      TAGS: {
        meaning: 'Tags of both stacks and their resources besides `service` and `stage`, separated by commas.',
        default: 'none',
        example: 'team=air,cost-centre=4711',
      },
      TRACING:
        '`true` sends traces to AWS X-Ray. They contain the times of each function, but no calls to DynamoDB or to providers: see [Cost](../operations/cost.md).',
      PERMISSIONS_BOUNDARY: {
        meaning: 'ARN of a policy that limits the role of each function, for accounts that require one.',
        example: 'arn:aws:iam::123456789012:policy/boundary',
      },
      SLASH_ROUTES:
        '`false` deploys no routes that end with a slash. Latchkey then redirects `/token/` to `/token` with 308. `npm run probe` finds whether an account needs it.',
    },
  },
  {
    title: 'Tokens and access',
    settings: {
      PUBLIC_URL: {
        meaning:
          'Address at which callers reach Latchkey, without a path. It is the issuer of auth tokens and the base of the OAuth endpoints. Set it behind a tunnel or your own proxy.',
        default: 'locally `http://localhost:<PORT>`; deployed `https://<DOMAIN_NAME>`, or the address of the API',
        example: 'https://example.ngrok.app',
      },
      TOKEN_MINUTES: 'Lifetime of an auth token in minutes, when the client requests none.',
      TOKEN_MINUTES_MAX: 'Longest lifetime in minutes that a client may request, from 1 to 1440.',
      DPOP_NONCE:
        '`true` requires a nonce of the server in the DPoP proofs at `POST /token`: see [Tokens that are bound to a key](../guides/oauth-for-servers.md#tokens-that-are-bound-to-a-key).',
      REVOCATION_SECONDS:
        'Seconds, from 0 to 60, for which a running function remembers the records of an auth token and its client. A revocation takes effect within this time, and [an upload costs fewer reads](../operations/cost.md#a-fleet).',
      TRUSTED_PROXY: {
        meaning:
          '`cloudfront` takes the IP address of callers, by which failed logins and new large files are limited, from the headers of CloudFront. It needs `TRUSTED_PROXY_SECRET`: see [CloudFront in front of the API](../operations/deploy.md#cloudfront-in-front-of-the-api).',
        example: 'cloudfront',
      },
      TRUSTED_PROXY_SECRET: {
        meaning:
          'Secret that the proxy sends in `X-Origin-Verify`, of at least 32 characters. Several, separated by commas, are accepted while you change it.',
      },
      OPEN_ENDPOINTS: {
        meaning:
          'Endpoints that need no auth token, separated by commas, or `none`. Possible are `start`, `onboarding-url`, `onboarding-status`, `auth`, `webhook`, `approve` and `access-token`.',
        default:
          '`none`; locally, with fake providers only and without `HOST`, `ALLOWED_HOSTS` and `PUBLIC_URL`, `start,onboarding-url,onboarding-status,auth,webhook,approve`',
        example: 'start,onboarding-url,auth,webhook,approve',
      },
      ADMIN_TOKEN: { meaning: 'The admin token, or `sha256:` and its SHA-256 digest in hexadecimal.', default: MADE },
      SIGNING_KEYS: {
        meaning:
          'Private JWK set of RSA (2048 to 4096 bits), P-256 or Ed25519 keys, each with a `kid`. The newest key whose `signs_from` (UNIX seconds) has passed signs auth tokens. Only the functions `token` and `attest` read it.',
        default: MADE,
      },
      VERIFICATION_KEYS: {
        meaning: 'Public JWK set of the same keys, and of older keys whose tokens may still be valid.',
        default: 'made from `SIGNING_KEYS`',
      },
      PLAY_INTEGRITY_KEYS: {
        meaning:
          'Keys of Play Integrity from the Play Console, by package, as JSON: `{"com.example.app": {"decryption_key": "…", "verification_key": "…"}}`. Attested Android apps need them: see [Mobile apps](../guides/mobile-apps.md).',
      },
      SEAL_KEY: {
        meaning:
          '32 bytes in base64url. Encrypts salts, events and provider tokens in the tables, unless `SEAL_KEYS` is set. It also makes the digests by which salts are found, so it stays when `SEAL_KEYS` is rotated.',
        default: MADE,
      },
      SEAL_KEYS: {
        meaning:
          'Keys like `SEAL_KEY`, separated by commas: the first encrypts, all decrypt. `npx latchkey seal-keys` [adds and removes keys](../operations/security.md#rotating-the-encryption-key).',
        default: 'the value of `SEAL_KEY`',
      },
    },
  },
  {
    title: 'Measurements',
    settings: {
      UPLOAD_REQUIRES_AUTH:
        '`false` accepts uploads to the shared client `default` without a token. Latchkey then records a wrong checksum instead of rejecting it.',
      DOWNLOAD_REQUIRES_AUTH: '`false` lets everyone read the shared client `default`.',
      SHARE_DAYS_MAX:
        'Days after which a [share](../guides/share-a-view.md) expires at the latest. `0` forbids new shares; existing ones stay valid.',
      EMBED_ORIGINS: {
        meaning:
          'Origins whose pages may show the data page in a frame, separated by commas. Other pages cannot be framed.',
        default: 'none',
        example: 'https://app.example',
      },
      CHECKSUM_SALTS: {
        meaning: 'Salts of the shared client `default`: a JSON array of strings, or strings separated by commas.',
        example: '["<a long random value>"]',
      },
      CHECKSUM_EXPIRY_REQUIRED:
        '`true` requires `expires` in downloads with a salted checksum, at most seven days ahead, so that a recorded request does not work forever.',
      TIME_COLUMNS:
        'Columns that may hold the time of a row, separated by commas. Latchkey uses the first that an upload has. Of the default names, those after `timestamp` need values that are clearly times; names that you set do not.',
      TEXT_COLUMNS:
        'Columns whose values are texts in every format, separated by commas, such as ids: `007` and `1E5` stay as they are. `box` is always text.',
      ACCEPT_COLUMNS:
        'Regular expression for the whole name of a column, such as `scd30_.*`. Latchkey drops other columns.',
      RETENTION_DAYS_MEASUREMENTS: {
        meaning:
          'Days after which measurements expire, from their receipt. It applies to what is stored while it is set: see [Retention](../operations/security.md#retention).',
        default: 'never',
        example: '365',
      },
    },
  },
  {
    title: 'Submissions and files',
    settings: {
      MAX_FILE_MB:
        'Size of a [large file](../guides/send-large-files.md) of measurements or of a submission in megabytes of 1,000,000 bytes, at most 5,000.',
      RETENTION_DAYS_SUBMISSIONS: {
        meaning: 'Days after which submissions expire, from their receipt, as for measurements.',
        default: 'never',
        example: '365',
      },
    },
  },
  ...PROVIDER_GROUPS,
  {
    title: 'Logs',
    settings: {
      POWERTOOLS_LOG_LEVEL: {
        meaning: 'Lowest level that is logged: `TRACE`, `DEBUG`, `INFO`, `WARN`, `ERROR`, `CRITICAL` or `SILENT`.',
        default: '`INFO`; locally `WARN`',
      },
    },
  },
  {
    title: 'Set by the stack',
    intro: '`serverless.yml` sets these for the functions that read them. Do not set them yourself.',
    settings: {
      STAGE: 'Name of the stage.',
      VERSION: 'Version in `package.json`.',
      CLIENTS_TABLE: 'Table of clients.',
      TOKENS_TABLE: 'Table of auth tokens and provider tokens.',
      SESSIONS_TABLE: 'Table of sessions, events, PINs and rate limits.',
      MEASUREMENTS_TABLE: 'Table of measurements.',
      SUBMISSIONS_TABLE: 'Table of submissions.',
      FILES_BUCKET: 'Bucket of large files and exports in S3.',
      PROCESS_FILES_FUNCTION: 'Name of the function that processes large files and writes exports.',
      PARAMETER_PATH: 'Path of the secrets in Parameter Store. Locally empty.',
      POWERTOOLS_METRICS_NAMESPACE: 'CloudWatch namespace of the metrics.',
      WEBHOOKS:
        'The entries of `webhooks.yml` as JSON. Their secrets are `WEBHOOK_<NAME>` and, for targets, `WEBHOOK_TARGET_<NAME>`: see [Receive webhooks](../guides/receive-webhooks.md#providers).',
    },
  },
]
