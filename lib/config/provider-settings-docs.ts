import type { SettingGroup } from './setting-group.ts'

/** Descriptions of the settings of providers, as in settings-docs.ts. */
export const PROVIDER_GROUPS: readonly SettingGroup[] = [
  {
    title: 'Incode',
    intro:
      'While `INCODE_API_URL` and `INCODE_API_KEY` are unset, `npm start` runs a fake Incode and sets these for it.',
    settings: {
      INCODE_API_URL: { meaning: 'Base URL of the Incode API.', example: 'https://demo-api.incodesmile.com' },
      INCODE_API_KEY: 'API key.',
      INCODE_CLIENT_ID: { meaning: 'Client id of your organisation.', example: 'your-organisation123' },
      INCODE_FLOW_ID: {
        meaning: 'Flow of an identity session, when the caller names none.',
        example: '650f2b3c9d1e4a5b6c7d8e9f',
      },
      INCODE_ALLOWED_FLOW_IDS: {
        meaning: 'Other flows that a caller may name, separated by commas.',
        example: '650f2b3c9d1e4a5b6c7d8ea0,650f2b3c9d1e4a5b6c7d8ea1',
      },
      INCODE_ADMIN_EMAIL: {
        meaning: 'E-mail address of the executive user that approves sessions.',
        example: 'executive@example.org',
      },
      INCODE_ADMIN_PASSWORD: 'Password of that user.',
      INCODE_ADMIN_TOKEN: 'Admin token instead of e-mail address and password. It is valid for 24 hours.',
      INCODE_WEBHOOK_HEADER: {
        meaning:
          '`Name: value` of a header that Incode sends with each webhook. Latchkey then accepts it as a credential.',
        example: 'X-Webhook-Secret: <a long random value>',
      },
    },
  },
  {
    title: 'Help Lightning',
    intro: 'While `HLSERVER_URL` and `HLSERVER_API_KEY` are unset, `npm start` runs a fake and sets these for it.',
    settings: {
      HLSERVER_URL: { meaning: 'Base URL of the Help Lightning API.', example: 'https://api.helplightning.net/api' },
      HLSERVER_ENTERPRISE_ID: { meaning: 'Id of your site.', example: '1234' },
      HLSERVER_API_KEY: 'API key.',
      HLSERVER_PARTNER_KEY: {
        meaning: 'RSA private key of the partner, at least 2048 bits, in PEM. Locally it may be the path of a file.',
        example: 'partner.pem',
      },
      HLSERVER_WEBHOOK_SECRET: 'Key of the signatures of webhooks.',
      HLSERVER_SESSION_ID: 'Type of `session_id` in responses: `list` (of one string) or `string`.',
      HLSERVER_PIN_MINUTES: 'Lifetime of a PIN in minutes, from 1 to 1440.',
      HLSERVER_PIN_DIGITS: 'Digits of a PIN, from 4 to 12.',
    },
  },
  {
    title: 'Sethealth',
    intro: 'While `SETHEALTH_API_URL` and `SETHEALTH_KEY` are unset, `npm start` runs a fake and sets these for it.',
    settings: {
      SETHEALTH_API_URL: 'Base URL of the Sethealth API.',
      SETHEALTH_KEY: 'Key of the service account.',
      SETHEALTH_SECRET: 'Secret of the service account.',
    },
  },
  {
    title: 'openSenseMap',
    intro: 'While every `SENSEMAP_` setting is unset, `npm start` runs a fake openSenseMap and sets these for it.',
    settings: {
      OSEM_UPLOAD: {
        meaning: '`true` forwards measurements to openSenseMap, where they are public.',
        default: '`false`; locally `true` with the fake',
      },
      SENSEMAP_API: 'Base URL of the openSenseMap API. `https://api.testing.opensensemap.org` is for trying it out.',
      SENSEMAP_EMAIL: {
        meaning: 'E-mail address of the account, or set `SENSEMAP_USERNAME`.',
        example: 'sensors@example.org',
      },
      SENSEMAP_USERNAME: { meaning: 'User name of the account, instead of the e-mail address.', example: 'your-name' },
      SENSEMAP_PASSWORD: 'Password of the account.',
      OSEM_NAME: 'First word in the name of each box, and its group tag. At most 64 characters.',
      OSEM_WEBLINK: { meaning: 'Link that each box shows.', example: 'https://example.org' },
      OSEM_CLIENTS: {
        meaning: 'Ids of the clients whose measurements Latchkey forwards, separated by commas.',
        default: 'all clients',
        example: 'default,8f2a6c1e-0d4b-4a57-9c3e-5b7d1f6a2e90',
      },
      OSEM_BOXES: 'Regular expression for the whole name of each box that Latchkey forwards, such as `outdoor-.*`.',
      OSEM_COLUMNS: 'Regular expression for the whole name of each column that Latchkey forwards, such as `scd30_.*`.',
      OSEM_DEFAULT_POSITION: {
        meaning:
          'Position of a new box whose rows have none: `latitude,longitude` or `latitude,longitude,height`, in degrees and metres.',
        example: '48.52,9.05,340',
      },
      OSEM_MAX_POSITION_CHANGE: {
        meaning: 'Degrees. Latchkey ignores a position that is further from the last one, as a measurement error.',
        default: 'no limit',
        example: '0.5',
      },
      OSEM_MIN_SECONDS_BETWEEN_UPLOADS:
        'Seconds. Latchkey drops measurements of a sensor that are closer together, including those already queued.',
      OSEM_POSTS_PER_MINUTE: 'POST requests to openSenseMap in 61 seconds, from 1 to 600.',
      OSEM_MAX_ATTEMPTS: 'Failures in a row after which Latchkey parks a block, from 1 to 1000.',
    },
  },
]
