import { SCOPES } from '../clients/scopes.ts'

/** OpenAPI security schemes. */
export const SECURITY_SCHEMES = {
  authToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `An auth token from \`/token\`. Each operation names the scopes that it accepts, out of ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}.`,
  },
  adminToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The admin token. The set-up creates it and shows it once.',
  },
  adminTokenInQuery: {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description: 'The admin token in the query, as the collector sends it. Prefer the header: URLs appear in logs.',
  },
  clientSecret: {
    type: 'http',
    scheme: 'basic',
    description: 'The `client_id` and `client_secret` of a confidential client, from `/register`.',
  },
  saltedChecksum: {
    type: 'apiKey',
    in: 'header',
    name: 'Content-SHA256-Salted',
    description: 'A digest over the body and a salt, in one to four of twelve headers. See “Salted checksums” above.',
  },
  sessionToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Token',
    description: 'The `token` of an identity session, from `/start` or `/onboarding-url`.',
  },
  userToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: "A person's user token from `GET /auth`, alone as Help Lightning's SDKs send it, or after `Bearer`.",
  },
  incodeHeader: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Incode-Webhook',
    description:
      'The header that Incode sends. The setting `INCODE_WEBHOOK_HEADER` has its name and value; the name here is an example.',
  },
  helpLightningSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'x-helplightning-signature',
    description:
      '`sha256=` and the HMAC-SHA256, in hexadecimal, of the body under the secret that Help Lightning and Latchkey share (`HLSERVER_WEBHOOK_SECRET`).',
  },
} as const

export type Scheme = keyof typeof SECURITY_SCHEMES
