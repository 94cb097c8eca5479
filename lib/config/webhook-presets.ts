/**
 * Entries of webhooks.yml for well-known providers, from their documents. `like: stripe` in an entry takes the values of
 * the preset, and the entry may replace each of them.
 */
export const PRESETS = {
  'standard-webhooks': { verify: { scheme: 'standard-webhooks' }, type: '/type' },
  github: {
    verify: { scheme: 'hmac', header: 'x-hub-signature-256', prefix: 'sha256=' },
    id: 'x-github-delivery',
    type: 'x-github-event',
  },
  livekit: {
    verify: { scheme: 'jwt', header: 'authorization', claim: 'sha256', encoding: 'base64', algorithms: ['HS256'] },
    id: '/id',
    type: '/event',
    time: '/createdAt',
  },
  mux: {
    verify: { scheme: 'timestamped-hmac', header: 'mux-signature', parts: { time: 't', signature: 'v1' } },
    id: '/id',
    type: '/type',
    time: '/created_at',
  },
  onfido: { verify: { scheme: 'hmac', header: 'x-sha2-signature' }, type: '/payload/action' },
  paddle: {
    verify: {
      scheme: 'timestamped-hmac',
      header: 'paddle-signature',
      parts: { time: 'ts', signature: 'h1', separator: ';' },
      content: '{time}:{body}',
    },
    id: '/event_id',
    type: '/event_type',
    time: '/occurred_at',
  },
  /** Plaid has no URL with all keys: the secret is a JWK set of those that `/webhook_verification_key/get` returns. */
  plaid: {
    verify: { scheme: 'jwt', header: 'plaid-verification', claim: 'request_body_sha256', algorithms: ['ES256'] },
    type: '/webhook_code',
  },
  shopify: {
    verify: { scheme: 'hmac', header: 'x-shopify-hmac-sha256', encoding: 'base64' },
    id: 'x-shopify-event-id',
    type: 'x-shopify-topic',
    time: 'x-shopify-triggered-at',
  },
  slack: {
    verify: {
      scheme: 'timestamped-hmac',
      header: 'x-slack-signature',
      prefix: 'v0=',
      timeHeader: 'x-slack-request-timestamp',
      content: 'v0:{time}:{body}',
    },
    id: '/event_id',
    type: '/event/type',
    time: '/event_time',
    challenge: '/challenge',
  },
  stripe: {
    verify: { scheme: 'timestamped-hmac', header: 'stripe-signature', parts: { time: 't', signature: 'v1' } },
    id: '/id',
    type: '/type',
    time: '/created',
  },
  svix: { verify: { scheme: 'standard-webhooks' }, type: '/type' },
} as const

/** Providers that webhooks.yml need not name. Their settings are older than that file and keep their names. */
export const BUILT_IN = {
  helplightning: {
    verify: {
      scheme: 'hmac',
      header: 'x-helplightning-signature',
      prefix: 'sha256=',
      secret: 'HLSERVER_WEBHOOK_SECRET',
    },
  },
  incode: {
    verify: [{ scheme: 'header', secret: 'INCODE_WEBHOOK_HEADER' }, { scheme: 'auth-token' }],
    type: '/onboardingStatus',
  },
} as const
